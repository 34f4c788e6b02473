/** What really was, moment by moment: read from the objects and the proxies' table themselves, without any reading of ours. */
import { conditionOf, isReady } from "../sandbox/cluster/conditions.ts";
import { splitInForce } from "../sandbox/cluster/dataplane.ts";
import {
  ANNOTATION_MODE,
  ANNOTATION_SOURCE_URI,
  annotationOf,
  DATA_PLANE,
  INFERENCE_SERVICE,
  LABEL_REVISION,
  labelOf,
  POD,
  REVISION,
} from "../sandbox/cluster/kinds.ts";
import { groupKindOf, type Json, type KubeObject, type ObjectStore } from "../sandbox/cluster/objects.ts";
import { sourceUriOf } from "../sandbox/cluster/template.ts";
import { isOthers, type Model, namespace } from "./course.ts";
import type { Time } from "./time.ts";

export interface Moment {
  readonly at: number;
  readonly service:
    | {
        readonly uid: string | undefined;
        readonly mode: string | undefined;
        readonly percent: number | undefined;
        readonly version: string | undefined;
        readonly created: string | undefined;
        readonly routeReady: string | undefined;
        /** Percents by revision that the status tells, the `prev` entry's revision, and the newest's. */
        readonly told: string;
      }
    | undefined;
  /** Percents of requests by revision, as the proxies split them. */
  readonly split: ReadonlyMap<string, number>;
  /** Revisions with a pod that answers and is to stay. */
  readonly serving: ReadonlySet<string>;
  /** Model version and readiness by revision. */
  readonly revisions: ReadonlyMap<string, { readonly version: string; readonly ready: boolean }>;
}

export interface Truth {
  now(): Moment;
  /** Every moment that held at some time from `from` to `to` (milliseconds since the epoch). */
  between(from: number, to: number): readonly Moment[];
  at(time: number): Moment;
  /** Who had all the requests, in order, each once in a row. */
  reigns(until: number): readonly { readonly revision: string; readonly since: number }[];
  /** Called before every change. */
  onChange(listener: () => void): void;
}

/** Of one model. */
export function observe(time: Time, store: ObjectStore, model: Model): Truth {
  const moments: Moment[] = [];
  const listeners: (() => void)[] = [];
  let current: Moment = {
    at: time.now(),
    service: undefined,
    split: new Map(),
    serving: new Set(),
    revisions: new Map(),
  };
  moments.push(current);

  function note(change: Partial<Moment>): void {
    for (const listener of listeners) listener();
    current = { ...current, ...change, at: time.now() };
    moments.push(current);
  }
  store.subscribe(({ type, object }) => {
    const kind = groupKindOf(object);
    if (isForeign(kind, object, model)) return;
    switch (kind) {
      case INFERENCE_SERVICE:
        return note({ service: type === "DELETED" ? undefined : serviceOf(object) });
      case DATA_PLANE:
        return note({ split: splitOf(store, model) });
      case POD:
        return note({ serving: servingOf(store, model) });
      case REVISION:
        return note({ revisions: revisionsOf(store, model) });
    }
  });
  const indexAt = (moment: number) => {
    let [low, high] = [0, moments.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((moments[middle] as Moment).at <= moment) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    now: () => current,
    at: (moment) => moments[indexAt(moment)] as Moment,
    between: (from, to) => moments.slice(indexAt(from), indexAt(to) + 1),
    reigns(until) {
      const found: { revision: string; since: number }[] = [];
      for (const { at, split } of moments) {
        if (at > until) break;
        const sole = soleOf(split);
        if (sole !== undefined && sole !== found.at(-1)?.revision) found.push({ revision: sole, since: at });
      }
      return found;
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

function isForeign(kind: string, object: KubeObject, model: Model): boolean {
  const { name } = object.metadata;
  if (kind === INFERENCE_SERVICE) return name !== model.name;
  return kind === DATA_PLANE ? name !== `${model.name}-predictor` : isOthers(object, model);
}

export function soleOf(split: ReadonlyMap<string, number>): string | undefined {
  for (const [revision, percent] of split) if (percent === 100) return revision;
  return undefined;
}

function serviceOf(object: KubeObject): Moment["service"] {
  const predictor: Json = object.status?.components?.predictor ?? {};
  const traffic: readonly Json[] = predictor.traffic ?? [];
  return {
    uid: object.metadata.uid,
    mode: modeOf(object),
    percent: object.spec.predictor.canaryTrafficPercent,
    version: sourceUriOf(object)?.replace(/^.*:/, ""),
    created: predictor.latestCreatedRevision,
    routeReady: conditionOf(object, "PredictorRouteReady")?.status,
    told: traffic.map((entry) => `${entry.tag ?? ""}${entry.revisionName}=${entry.percent}`).join(" "),
  };
}

function modeOf(object: KubeObject): string | undefined {
  const mode = object.status?.deploymentMode ?? annotationOf(object, ANNOTATION_MODE);
  return mode === "RawDeployment" ? "Standard" : mode;
}

function splitOf(store: ObjectStore, { name }: Model): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const { revision, percent } of splitInForce(store, namespace, name)) {
    shares.set(revision, (shares.get(revision) ?? 0) + percent);
  }
  return shares;
}

function servingOf(store: ObjectStore, model: Model): ReadonlySet<string> {
  const pods = store.list(POD, namespace).filter((pod) => !isOthers(pod, model));
  const staying = pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
  return new Set(staying.flatMap((pod) => labelOf(pod, LABEL_REVISION) ?? []));
}

function revisionsOf(store: ObjectStore, model: Model): Moment["revisions"] {
  const mine = store.list(REVISION, namespace).filter((revision) => !isOthers(revision, model));
  return new Map(
    mine.map((revision) => {
      const version = annotationOf(revision, ANNOTATION_SOURCE_URI)?.replace(/^.*:/, "") ?? "";
      return [revision.metadata.name, { version, ready: isReady(revision) }];
    }),
  );
}
