/**
 * Right or wrong? Decided from what happened, never from counters: it knows every request and every scrape, and shares
 * no code with what it judges.
 */
import type { Scenario } from "./scenario.ts";
import { isAnswered, type Scrape } from "./world.ts";

export interface Outcome {
  readonly verdict: "PASS" | "FAIL" | "INCONCLUSIVE" | "ERROR";
  /** True seconds after the cut-over at which the last answer was given. */
  readonly at: number;
}

/** The base may lie a little later than promised: an answer's Date has whole seconds. */
const slack = 1.5;

/** Undefined where nothing is wrong with the verdict. */
export function mistakeIn(
  scenario: Scenario,
  { verdict, at }: Outcome,
  scrapes: readonly Scrape[],
): string | undefined {
  if (verdict === "PASS") return mistakeInPass(scenario, at, scrapes);
  if (verdict === "FAIL") return mistakeInFail(scenario, at);
  if (scenario.wrong.length === 0) return `owed a PASS, got ${verdict}`;
  return undefined;
}

function mistakeInPass(scenario: Scenario, at: number, scrapes: readonly Scrape[]): string | undefined {
  const { settleSeconds, skew } = scenario;
  const since = settleSeconds + slack + Math.max(0, -skew);
  for (const pod of scenario.pods.filter(({ role }) => role === "other")) {
    const own = scrapes.filter((scrape) => scrape.pod === pod && scrape.begun >= since);
    const base = Math.min(...own.map(({ read }) => read));
    const shown = pod.requests.find(
      (request) =>
        request.at > base &&
        isAnswered(pod, request.at) &&
        own.some(
          ({ read }) =>
            read > request.at && !pod.restarts.some(({ from }) => from > request.at && from < read),
        ),
    );
    if (shown !== undefined)
      return `false PASS: ${pod.name} answered at ${shown.at.toFixed(2)} s, and was scraped`;
  }
  const served = scenario.pods.some(
    (pod) =>
      pod.role === "active" &&
      pod.requests.some((request) => request.at > 0 && request.at < at && isAnswered(pod, request.at)),
  );
  return served ? undefined : "false PASS: the active revision answered nothing";
}

function mistakeInFail({ pods, settleSeconds }: Scenario, at: number): string | undefined {
  const served = pods.some(
    (pod) =>
      pod.role === "other" &&
      pod.requests.some(
        (request) => request.at > settleSeconds - slack && request.at <= at && isAnswered(pod, request.at),
      ),
  );
  return served ? undefined : "false FAIL: no other revision answered after the settle time";
}
