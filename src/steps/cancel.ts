import { Failure } from "../errors/failure.ts";

/**
 * Gives up what only reads as soon as the run is cancelled: whoever cancels does not wait for a server that hangs.
 * The request ends by itself, and nobody looks at what it comes to. Throws Failure CANCELLED with `where`.
 */
export async function unlessCancelled<T>(signal: AbortSignal, where: string, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const cancelled = new Promise<never>((_, reject) => {
    const cancel = () => reject(new Failure("CANCELLED", where));
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true, signal: ended.signal });
  });
  try {
    return await Promise.race([cancelled, work]);
  } finally {
    ended.abort();
  }
}
