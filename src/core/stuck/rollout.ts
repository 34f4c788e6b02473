/** Which revision a rollout hangs on, and why. */
import type { Expectation } from "../expectation.ts";
import { coloursOf } from "../holdings.ts";
import type { World } from "../world.ts";
import { type EventReading, type Finding, oc, said, word } from "./finding.ts";
import { revisionFinding } from "./revision.ts";
import { isRefusal } from "./words.ts";

export interface Scene {
  readonly expected: Expectation;
  readonly namespace: string;
  readonly world: World;
  /** Empty where they cannot be read. */
  readonly events: readonly EventReading[];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The first cause that shows, of the revision that was waited for; of a rollback also of the green that blocks it. */
export function rolloutFinding(scene: Scene): Finding | undefined {
  const unsuitable = noRuntime(scene);
  if (unsuitable !== undefined) return unsuitable;
  for (const revision of suspectsOf(scene)) {
    const finding = revisionFinding({ ...scene, revision });
    if (finding !== undefined) return finding;
  }
  return refusedService(scene);
}

/** The revisions whose pods the rollout may hang on, those that are to serve first. */
export function suspectsOf({ expected, world }: Pick<Scene, "expected" | "world">): readonly string[] {
  const { active, standby } = coloursOf(expected, world);
  const green = expected.active === undefined ? active : standby;
  // A version that is restored is not blocked by what it replaces.
  const rollback = expected.percent === 100 ? [active] : [active, standby];
  const inOrder = { stage: [green], promote: [active], rollback };
  return inOrder[expected.action].filter((name) => name !== undefined);
}

/** KServe makes no revision of what it cannot serve (NoSupportingRuntime, RuntimeNotRecognized, RuntimeDisabled, …). */
function noRuntime({ namespace, world: { service } }: Scene): Finding | undefined {
  if (service?.modelTransition !== "InvalidSpec") return undefined;
  const { reason, message } = service.modelFailure ?? {};
  return {
    reason: "RUNTIME_UNSUITABLE",
    evidence: `modelStatus: ${said(reason, message)}`,
    command: oc(namespace, "get servingruntimes,clusterservingruntimes"),
  };
}

/** Before there is a revision: what KServe was told when it wanted to write the Knative Service. */
function refusedService({ namespace, world: { service }, events }: Scene): Finding | undefined {
  const name = service?.ref.name;
  const conditions = Object.values(service?.conditions ?? {}).map((each) => said(each.reason, each.message));
  const own = events.filter((event) => event.name === name || event.name === `${name}-predictor`);
  const words = [...conditions, ...own.map((event) => said(event.reason, event.message))].find(isRefusal);
  if (name === undefined || words === undefined) return undefined;
  return {
    reason: "ADMISSION_REFUSED",
    evidence: words,
    command: oc(namespace, `describe inferenceservice ${word(name)}`),
  };
}
