export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** `median 41 ms (min 39, max 55, n 11)` */
export function describe(figures: readonly number[], unit = "ms", digits = 0): string {
  const show = (value: number) => value.toFixed(digits);
  const range = `min ${show(Math.min(...figures))}, max ${show(Math.max(...figures))}, n ${figures.length}`;
  return `median ${show(median(figures))} ${unit} (${range})`;
}
