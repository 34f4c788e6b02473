/**
 * What must not be called done, told from the recorder's own columns, the pods and the data plane as they were recorded.
 * Nothing here comes from the code under test.
 */
import type { Action } from "../../../src/core/intent.ts";
import type { Change, Columns, Frame } from "./recording.ts";

/** Why a moment is not yet, or not at all, what was asked for. T1–T6 are the false readings of KServe. */
export type Objection =
  | "T1 prev is not blue"
  | "T2 old numbers"
  | "T3 green is not ready"
  | "T3b another revision is let in"
  | "T5 wrong blue"
  | "T6 no ready pod"
  | "no new revision"
  | "data plane elsewhere";

/** The number of the revision that has all the traffic by the recorder's columns. */
export function liveNumber(columns: Columns | undefined): string | undefined {
  if (columns?.PREV === 100) return columns.PREVROLLEDOUTREVISION ?? undefined;
  return columns?.LATEST === 100 ? (columns.LATESTREADYREVISION ?? undefined) : undefined;
}

/**
 * All that speaks against calling this moment done. `wanted` is the number of the revision that shall have all the
 * traffic; undefined for a first deployment, where it is the one revision that there is.
 */
export function objections(change: Change, frame: Frame, wanted: string | undefined): ReadonlySet<Objection> {
  const { columns } = frame;
  if (columns === undefined || change.action === undefined) return new Set(["no new revision"]);
  const scene = { columns, before: change.before.columns, wanted };
  const rules = [...rulesOf[change.action], podIsReady(frame), dataPlaneAgrees(frame)];
  return new Set(rules.flatMap((rule) => rule(scene) ?? []));
}

interface Scene {
  readonly columns: Columns;
  readonly before: Columns | undefined;
  readonly wanted: string | undefined;
}

type Rule = (scene: Scene) => Objection | undefined;

function objectIf(objection: Objection, holds: (scene: Scene) => boolean): Rule {
  return (scene) => (holds(scene) ? objection : undefined);
}

const unready = objectIf("T3 green is not ready", ({ columns }) => columns.c !== columns.r);
const elsewhere = ({ columns, wanted }: Scene) => columns.PREVROLLEDOUTREVISION !== wanted;

const rulesOf = {
  stage: [
    objectIf("T2 old numbers", ({ columns }) => columns.specPercent !== 0),
    objectIf("no new revision", ({ columns, before }) => columns.c === null || columns.c === before?.c),
    unready,
    objectIf("T2 old numbers", ({ columns, wanted }) => wanted !== undefined && columns.PREV !== 100),
    objectIf(
      "T5 wrong blue",
      (scene) => scene.wanted !== undefined && scene.columns.PREV === 100 && elsewhere(scene),
    ),
  ],
  promote: [
    objectIf("T2 old numbers", ({ columns }) => columns.specPercent !== 100 || columns.LATEST !== 100),
    unready,
    objectIf("T3b another revision is let in", ({ columns, wanted }) => {
      const { LATEST, LATESTREADYREVISION: latest, c } = columns;
      return LATEST === 100 && (latest !== c || latest !== wanted);
    }),
  ],
  rollback: [
    objectIf("T2 old numbers", ({ columns }) => columns.specPercent !== 0 || columns.PREV !== 100),
    objectIf("T1 prev is not blue", (scene) => scene.columns.PREV === 100 && elsewhere(scene)),
  ],
} as const satisfies Record<Action, readonly Rule[]>;

function podIsReady({ readyPods }: Frame): Rule {
  return objectIf("T6 no ready pod", (scene) => readyPods !== undefined && !readyPods.has(activeOf(scene)));
}

/** Both what the ingress has taken and what it was given last lead to the wanted revision, and to no other. */
function dataPlaneAgrees({ dataPlane }: Frame): Rule {
  return objectIf("data plane elsewhere", (scene) => {
    const active = activeOf(scene);
    return (
      dataPlane !== undefined &&
      !(dataPlane.inForce?.get(active) === 100 && dataPlane.given.get(active) === 100)
    );
  });
}

function activeOf({ columns, wanted }: Scene): string {
  return wanted ?? columns.c ?? "";
}
