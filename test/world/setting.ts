import type { VerifyLimits } from "../../src/steps/verify.ts";
import type { ObjectStore } from "../sandbox/cluster/objects.ts";
import type { Model } from "./course.ts";
import type { Faults } from "./faults.ts";
import type { Repository, WorldGit } from "./git.ts";
import type { Story } from "./plan.ts";
import type { Prometheus } from "./prometheus.ts";
import type { Time } from "./time.ts";
import type { Traffic } from "./traffic.ts";
import type { Truth } from "./truth.ts";

/** What of a world concerns one model alone. */
export interface View {
  readonly model: Model;
  readonly git: WorldGit;
  readonly truth: Truth;
  readonly traffic: Traffic;
}

/** What a world is made of, as one model has it; the first unless `seenBy` says otherwise. */
export interface Setting extends View {
  readonly story: Story;
  readonly time: Time;
  readonly store: ObjectStore;
  readonly faults: Faults;
  readonly repository: Repository;
  readonly prometheus: Prometheus;
  /** What the runs were told of how to prove a cut-over. */
  readonly proof: Partial<VerifyLimits>;
  /** Of every model, by its place. */
  readonly views: readonly View[];
}

/** The same world as another model has it. */
export function seenBy<S extends Setting>(setting: S, index: number): S {
  return { ...setting, ...setting.views[index] };
}
