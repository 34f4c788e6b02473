/**
 * Merges several endless sources into one, in order of arrival. Throws what a source throws. The sources end by the
 * signal they were made with; the caller aborts it when it stops reading.
 */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const arrived: T[] = [];
  let running = sources.length;
  let broken: { error: unknown } | undefined;
  let wake = () => {};

  async function pump(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const item of source) {
        arrived.push(item);
        wake();
      }
    } catch (error) {
      broken ??= { error };
    }
    running -= 1;
    wake();
  }
  for (const source of sources) void pump(source);

  while (true) {
    const next = arrived.shift();
    if (next !== undefined) yield next;
    else if (broken !== undefined) throw broken.error;
    else if (running === 0) return;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}
