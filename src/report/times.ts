/** Times and spans for people. */

/** A time (milliseconds since the epoch) as ISO 8601 in UTC, to the second. */
export function isoTime(at: number): string {
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? `${new Date(at).toISOString().slice(0, 19)}Z` : "?";
}

/** The same within a day: `17:03:21`. */
export function clockTime(at: number): string {
  return isoTime(at).slice(11, 19) || "?";
}

/** Milliseconds as `850 ms`, `12.3 s` or `4 min 5 s`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
