import type { VerifyLimits } from "../../src/steps/verify.ts";
import type { ObjectStore } from "../sandbox/cluster/objects.ts";
import type { Faults } from "./faults.ts";
import type { WorldGit } from "./git.ts";
import type { Story } from "./plan.ts";
import type { Prometheus } from "./prometheus.ts";
import type { Time } from "./time.ts";
import type { Traffic } from "./traffic.ts";
import type { Truth } from "./truth.ts";

/** What a world is made of. */
export interface Setting {
  readonly story: Story;
  readonly time: Time;
  readonly store: ObjectStore;
  readonly faults: Faults;
  readonly git: WorldGit;
  readonly truth: Truth;
  readonly traffic: Traffic;
  readonly prometheus: Prometheus;
  /** What the runs were told of how to prove a cut-over. */
  readonly proof: Partial<VerifyLimits>;
}
