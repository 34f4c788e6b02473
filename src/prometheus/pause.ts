import type { Clock } from "../ports.ts";

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** Milliseconds: doubling, jittered downwards by up to half, never below what the server asked for. */
export function pauseMs(
  attempt: number,
  retryAfter: string | undefined,
  { clock, random = Math.random }: { readonly clock: Clock; readonly random?: () => number },
): number {
  const backOff = firstPauseMs * 2 ** (attempt - 1) * (1 - random() / 2);
  return Math.min(longestPauseMs, Math.max(backOff, retryAfterMs(retryAfter, clock.now())));
}

/** RFC 9110: seconds or an HTTP date; 0 where it is neither. */
function retryAfterMs(value: string | undefined, nowMs: number): number {
  if (value === undefined) return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}
