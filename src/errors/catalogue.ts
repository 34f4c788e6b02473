/**
 * The one catalogue of causes. Each `reason` id is stable (pipelines and runbooks key on it); the exit code is its
 * class's. README's table and `--help` are made of it. Their texts stand in `reasons/`, by subject.
 */
import type { Reason } from "./reason.ts";
import { arrival } from "./reasons/arrival.ts";
import { checks } from "./reasons/checks.ts";
import { cluster } from "./reasons/cluster.ts";
import { forge } from "./reasons/forge.ts";
import { git } from "./reasons/git.ts";
import { metrics } from "./reasons/metrics.ts";
import { options } from "./reasons/options.ts";
import { overruled } from "./reasons/overruled.ts";
import { preflight } from "./reasons/preflight.ts";
import { probes } from "./reasons/probes.ts";
import { processEnds } from "./reasons/process.ts";
import { proof } from "./reasons/proof.ts";
import { proven } from "./reasons/proven.ts";
import { queries } from "./reasons/queries.ts";
import { rollout } from "./reasons/rollout.ts";
import { stuck } from "./reasons/stuck.ts";

export { type ExitClass, exitCodes, type Outcome, type Reason } from "./reason.ts";

export const reasons = {
  ...proven,
  ...options,
  ...preflight,
  ...git,
  ...forge,
  ...overruled,
  ...cluster,
  ...arrival,
  ...rollout,
  ...stuck,
  ...queries,
  ...proof,
  ...probes,
  ...checks,
  ...metrics,
  ...processEnds,
} as const satisfies Readonly<Record<string, Reason>>;

export type ReasonId = keyof typeof reasons;
