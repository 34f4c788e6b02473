import { conditionOf } from "./conditions.ts";
import { INFERENCE_SERVICE, POD } from "./kinds.ts";
import type { GroupKind, Json, KubeObject } from "./objects.ts";

interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly format?: string;
  readonly description: string;
  readonly cell: (object: KubeObject, nowMs: number) => string | number | null;
}

const NAME: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description:
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
  cell: (object) => object.metadata.name,
};

function printed(name: string, type: Column["type"], path: string, cell: Column["cell"]): Column {
  const description = `Custom resource definition column (in JSONPath format): ${path}`;
  return { name, type, description, cell };
}

const AGE = printed("Age", "date", ".metadata.creationTimestamp", ageOf);
const READY_PATH = ".status.conditions[?(@.type=='Ready')].status";
const TRAFFIC_PATH = ".status.components.predictor.traffic";

function entry(object: KubeObject, which: (target: Json) => boolean): Json {
  const traffic: readonly Json[] = object.status?.components?.predictor?.traffic ?? [];
  return traffic.find(which) ?? {};
}

function isPrev(target: Json): boolean {
  return target.tag === "prev";
}

function isLatest(target: Json): boolean {
  return target.latestRevision === true;
}

const INFERENCE_SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  printed("URL", "string", ".status.url", (o) => o.status?.url ?? null),
  printed("Ready", "string", READY_PATH, (o) => conditionOf(o, "Ready")?.status ?? null),
  printed(
    "Prev",
    "integer",
    `${TRAFFIC_PATH}[?(@.tag=='prev')].percent`,
    (o) => entry(o, isPrev).percent ?? null,
  ),
  printed(
    "Latest",
    "integer",
    `${TRAFFIC_PATH}[?(@.latestRevision==true)].percent`,
    (o) => entry(o, isLatest).percent ?? null,
  ),
  printed(
    "PrevRolledoutRevision",
    "string",
    `${TRAFFIC_PATH}[?(@.tag=='prev')].revisionName`,
    (o) => entry(o, isPrev).revisionName ?? null,
  ),
  printed(
    "LatestReadyRevision",
    "string",
    `${TRAFFIC_PATH}[?(@.latestRevision==true)].revisionName`,
    (o) => entry(o, isLatest).revisionName ?? null,
  ),
  AGE,
];

const POD_COLUMNS: readonly Column[] = [
  NAME,
  {
    name: "Ready",
    type: "string",
    description: "The aggregate readiness state of this pod for accepting traffic.",
    cell: (pod) => `${containersOf(pod).filter((c) => c.ready).length}/${pod.spec?.containers?.length ?? 0}`,
  },
  {
    name: "Status",
    type: "string",
    description: "The aggregate status of the containers in this pod.",
    cell: podStatus,
  },
  {
    name: "Restarts",
    type: "string",
    description: "The number of times the containers in this pod have been restarted.",
    cell: (pod) => `${containersOf(pod).reduce((sum, c) => sum + c.restartCount, 0)}`,
  },
  AGE,
];

const COLUMNS: Readonly<Record<GroupKind, readonly Column[]>> = {
  [INFERENCE_SERVICE]: INFERENCE_SERVICE_COLUMNS,
  [POD]: POD_COLUMNS,
};

/**
 * What the API server answers to `Accept: application/json;as=Table`. `resourceVersion` is that of the list, or of
 * the one object.
 */
export function toTable(
  kind: GroupKind,
  objects: readonly KubeObject[],
  nowMs: number,
  resourceVersion?: string,
): Json {
  const columns = COLUMNS[kind] ?? [NAME, AGE];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: resourceVersion ?? objects[0]?.metadata.resourceVersion },
    columnDefinitions: columns.map(({ name, type, format = "", description }) => ({
      name,
      type,
      format,
      description,
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, nowMs)),
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
    })),
  };
}

function containersOf(pod: KubeObject): readonly Json[] {
  return pod.status?.containerStatuses ?? [];
}

function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const states = containersOf(pod).map((container) => container.state ?? {});
  const told = states.map((state) => state.waiting?.reason ?? state.terminated?.reason);
  return told.find((reason) => reason !== undefined) ?? pod.status?.phase ?? "Unknown";
}

function ageOf(object: KubeObject, nowMs: number): string {
  const since = Date.parse(object.metadata.creationTimestamp ?? "");
  return Number.isNaN(since) ? "<unknown>" : humanDuration(nowMs - since);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** As k8s.io/apimachinery's HumanDuration: `19s`, `113s`, `7m58s`, `11m`, `5h3m`, `9h`, `3d4h`, `12d`, `2y40d`. */
export function humanDuration(ms: number): string {
  if (ms < -SECOND) return "<invalid>";
  if (ms < 0) return "0s";
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < 10 * MINUTE) return pair(ms, MINUTE, "m", SECOND, "s");
  if (ms < 3 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < 8 * HOUR) return pair(ms, HOUR, "h", MINUTE, "m");
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
  if (ms < 8 * DAY) return pair(ms, DAY, "d", HOUR, "h");
  if (ms < 2 * YEAR) return `${Math.floor(ms / DAY)}d`;
  return ms < 8 * YEAR ? pair(ms, YEAR, "y", DAY, "d") : `${Math.floor(ms / YEAR)}y`;
}

function pair(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)}${bigName}${rest === 0 ? "" : `${rest}${smallName}`}`;
}
