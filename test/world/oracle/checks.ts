/** Each measurement of a check against the requests that the revision really failed, or answered. */
import type { VerdictReport } from "../../../src/core/run-state.ts";
import type { PodLife } from "../traffic.ts";
import type { Claim } from "./evidence.ts";

type Check = NonNullable<VerdictReport["checks"]>["checks"][number];
type Measurement = Check["measurements"][number];

/** Answers may be this late in a query that was measured then: it is tried three times. */
const lateMs = 10_000;

/** Of any outcome. Undefined: what was measured was so. */
export function wrongWithChecks(claim: Claim): string | undefined {
  const { run, lived } = claim;
  const { standby, active } = run.rollout ?? {};
  const checked = run.intent.action === "stage" ? (standby ?? active) : active;
  const pods = [...lived.traffic.pods.values()].filter(({ revision }) => revision === checked);
  for (const check of run.verdict?.checks?.checks ?? []) {
    for (const measurement of check.measurements) {
      const wrong = wrongMeasurement(claim, pods, check, measurement);
      if (wrong !== undefined) return `check ${check.name} of ${checked} ${measurement.phase}: ${wrong}`;
    }
  }
  return undefined;
}

/** Of a PASS: as many measurements succeeded as were wanted, and no more failed than may. */
export function unchecked({ run, lived }: Claim): string | undefined {
  const { checks: order } = lived.story;
  if (order === undefined || run.intent.action === "rollback") return undefined;
  const all = run.verdict?.checks?.checks ?? [];
  if (all.length !== order.text.split("\n").length) return "not every check was made";
  const lax = all.find(({ measurements }) => {
    const count = (phase: Measurement["phase"]) => measurements.filter((one) => one.phase === phase).length;
    const failed = count("Failed");
    return failed > order.failureLimit || count("Successful") + failed < order.count;
  });
  return lax === undefined ? undefined : `check ${lax.name} had not passed`;
}

function wrongMeasurement(
  claim: Claim,
  pods: readonly PodLife[],
  { name, baseline }: Check,
  { phase, at }: Measurement,
): string | undefined {
  if (phase === "Inconclusive" || phase === "Error") return undefined;
  const wanted = name === "served";
  const counts = pods.map((pod) => countsOf(claim, pod, !wanted, at));
  const total = (of: (counts: Counts) => number) => counts.reduce((sum, each) => sum + of(each), 0);
  if ((phase === "Successful") === wanted) {
    return total(({ possible }) => possible) > 0 ? undefined : "there was no such request";
  }
  // Where the other revision failed some, it may fail some.
  if (name === "drift" && baseline?.value !== 0) return undefined;
  const sure = total((each) => each.sure);
  return sure === 0 ? undefined : `${sure} such requests had been scraped`;
}

interface Counts {
  /** What scrapes had shown for sure. */
  readonly sure: number;
  /** All that may have been counted. */
  readonly possible: number;
}

/** Requests since the cut-over, those that failed or the others. */
function countsOf({ lived, run }: Claim, pod: PodLife, failed: boolean, at: number): Counts {
  const { cutOverAt = 0 } = run.rollout ?? {};
  const { prometheus, story } = lived;
  // The query's window has whole seconds, and ends when the server takes it.
  const since = cutOverAt + 1_500 + story.slowestMs;
  const reads = prometheus.scrapes.filter(
    (scrape) => scrape.pod === pod && scrape.read >= since && scrape.stored <= at,
  );
  const [first, last] = [reads[0]?.read ?? at, reads.at(-1)?.read ?? at];
  const whole = !pod.endings.some((end) => end > first && end < last);
  const times = pod.answers.flatMap((answer) => (answer.failed === failed ? answer.at : []));
  return {
    sure: whole ? times.filter((time) => time > first && time < last).length : 0,
    possible: times.filter((time) => time > cutOverAt && time <= at + lateMs).length,
  };
}
