/** The user's checks beside the verdict: what they ask of which revision, and when. */
import { countsOf } from "../../core/checks/counts.ts";
import type { CheckPlan } from "../../core/checks/plan.ts";
import type { ChecksDecision, ChecksReport } from "../../core/checks/report.ts";
import type { Evidence } from "../../core/verdict/judge.ts";
import { type CheckPorts, createCheckRunner } from "./checks.ts";
import type { Scene } from "./looking.ts";

export interface CheckWatch {
  /** After each look: measures what is due. */
  noted(evidence: Evidence): Promise<ChecksDecision>;
  /** Ends what is still running. */
  expire(): ChecksDecision;
  /** Undefined where there are no checks. */
  report(): ChecksReport | undefined;
}

export interface CheckPlans {
  readonly plans: readonly CheckPlan[];
  /** Seconds before the cut-over that a baseline is made of. */
  readonly baselineSeconds: number;
}

const none: CheckWatch = {
  noted: async () => ({ kind: "passed", detail: "" }),
  expire: () => ({ kind: "passed", detail: "" }),
  report: () => undefined,
};

/**
 * The checks are of the revision that the run is about: after a stage the staged one, otherwise the one that serves. The
 * other one makes the baseline.
 */
export function createCheckWatch(
  ports: CheckPorts,
  { state, active, cutOverAt }: Scene,
  checks: CheckPlans | undefined,
): CheckWatch {
  if (checks === undefined || checks.plans.length === 0) return none;
  const standby = state.rollout?.standby;
  const staged = state.intent.action === "stage" && standby !== undefined;
  const [checked, other] = staged ? [standby, active] : [active, standby];
  const runner = createCheckRunner(ports, checks.plans, {
    service: state.service,
    active: checked,
    standby: other,
    cutOverAt,
    baselineSeconds: checks.baselineSeconds,
  });
  return {
    noted: ({ pods }) => runner.tick(countsOf(pods, checked)),
    expire: runner.expire,
    report: runner.report,
  };
}
