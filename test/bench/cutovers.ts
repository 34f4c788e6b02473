/**
 * Randomised cut-overs in simulation, through the real `verify` step: how often is its verdict wrong, and how often is
 * it none? CUTOVERS sets how many (1,000); CUTOVER_SEED shows one of them.
 */
import { type CutOver, replayHint, runCutOver } from "./cutovers/run.ts";

export async function benchCutovers(): Promise<readonly string[]> {
  const seed = process.env["CUTOVER_SEED"];
  if (seed !== undefined) return describe(await runCutOver(Number(seed)));
  const count = Number(process.env["CUTOVERS"] ?? 1000);
  const all: CutOver[] = [];
  for (let each = 1; each <= count; each++) all.push(await runCutOver(each));
  return tableOf(all);
}

/** The figures of many cut-overs. */
export function tableOf(all: readonly CutOver[]): readonly string[] {
  const sound = all.filter(({ scenario }) => scenario.wrong.length === 0);
  const leaking = all.filter(({ scenario }) => scenario.wrong.includes("a leak"));
  const mistakes = all.filter(({ mistake }) => mistake !== undefined);
  const count = (some: readonly CutOver[], verdict: string) =>
    some.filter(({ outcome }) => outcome.verdict === verdict).length;
  return [
    `${all.length} cut-overs: ${count(all, "PASS")} PASS, ${count(all, "FAIL")} FAIL, ${count(all, "INCONCLUSIVE")} INCONCLUSIVE, ${count(all, "ERROR")} ERROR`,
    `false PASS                           ${mistakes.filter(({ mistake }) => mistake?.startsWith("false PASS")).length}`,
    `false FAIL                           ${mistakes.filter(({ mistake }) => mistake?.startsWith("false FAIL")).length}`,
    `nothing wrong and traffic: PASS      ${count(sound, "PASS")} of ${sound.length}, after ${medianDelay(sound)} scrape intervals (median)`,
    `a leak: FAIL                         ${count(leaking, "FAIL")} of ${leaking.length} (else it came later, was never scraped, or was none)`,
    ...inconclusive(all),
    ...mistakes.slice(0, 10).map((one) => `WRONG: ${one.mistake}; replay: ${replayHint(one)}`),
  ];
}

function medianDelay(all: readonly CutOver[]): string {
  const delays = all
    .map(({ outcome, scenario }) => outcome.at / (scenario.jobs[0]?.intervalSeconds ?? 1))
    .sort((a, b) => a - b);
  return (delays[Math.floor(delays.length / 2)] ?? 0).toFixed(1);
}

function inconclusive(all: readonly CutOver[]): readonly string[] {
  const causes = new Map<string, number>();
  for (const { outcome, reason, scenario } of all) {
    if (outcome.verdict === "PASS" || outcome.verdict === "FAIL") continue;
    const cause = `${outcome.verdict} ${reason}: ${scenario.wrong.join(", ") || "nothing was wrong"}`;
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  return [...causes]
    .sort((a, b) => b[1] - a[1])
    .map(([cause, times]) => `  ${((100 * times) / all.length).toFixed(1).padStart(5)} %  ${cause}`);
}

function describe(one: CutOver): readonly string[] {
  const { pods, ...scenario } = one.scenario;
  return [
    JSON.stringify(scenario),
    ...pods.map(({ requests, polls, ...pod }) => {
      const late = requests.filter(({ at }) => at > 0).slice(0, 5);
      return `${JSON.stringify(pod)} requests ${requests.length}, after the cut-over ${late.map(({ at }) => at.toFixed(2)).join(" ")} …, polls ${polls.length}`;
    }),
    ...one.log,
    `${one.outcome.verdict} ${one.reason} at ${one.outcome.at.toFixed(2)} s: ${one.summary}`,
    one.mistake ?? "the oracle agrees",
  ];
}
