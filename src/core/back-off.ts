/**
 * How long a writer that lost a race waits. Compare-and-swap lets one writer win a round, so fifty writers need many
 * rounds; how long an attempt took tells how crowded the server is, and who comes back sooner than that only slows the
 * winner down. Fifty at once took 150 s with waits of up to 5 s, against 16 s one after the other.
 */

/**
 * Milliseconds. `lostMs`: how long each lost attempt took, at least one; `leftMs`: until the deadline; `random`: 0 ≤ x < 1.
 * The longest of late attempts counts twice, and those before it ever less.
 */
export function racePause(lostMs: readonly number[], leftMs: number, random: number): number {
  const slowest = lostMs.reduce((longest, ms) => Math.max(longest * 0.7, ms), 0);
  const grown = Math.min(100 * 2 ** (lostMs.length - 1), 5_000);
  const longest = Math.max(2 * slowest, grown);
  // There has to be time for another attempt.
  return Math.min(longest, Math.max(leftMs / 2, 1_000)) * random;
}
