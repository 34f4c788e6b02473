/** Recordings of real controllers as the worlds that a run would have seen, event by event, with the raw data beside. */
import { readFileSync } from "node:fs";
import type { Action } from "../../../src/core/intent.ts";
import type { PodReading, RevisionReading, World } from "../../../src/core/world.ts";
import { readPod } from "../../../src/kube/pod.ts";
import { readRevision, readService } from "../../../src/kube/readings.ts";

/** What the recorder made of an InferenceService, independently of bluegreen. Revisions are cut to their number. */
export interface Columns {
  readonly READY: string | null;
  readonly PREV: number | null;
  readonly LATEST: number | null;
  readonly PREVROLLEDOUTREVISION: string | null;
  readonly LATESTREADYREVISION: string | null;
  readonly c: string | null;
  readonly r: string | null;
  readonly ro: string | null;
  readonly pr: string | null;
  readonly specPercent: number | null;
  readonly n_traffic: number;
  readonly RouteReady: string | null;
}

interface RawIngress {
  readonly metadata: { readonly generation: number };
  readonly spec: {
    readonly rules: readonly {
      readonly hosts: readonly string[];
      readonly paths: readonly {
        readonly splits: readonly { readonly percent: number; readonly serviceName: string }[];
      }[];
    }[];
  };
  readonly status: { readonly observedGeneration: number | null; readonly ready: readonly string[] };
}

interface RawService {
  readonly spec: { readonly predictor: { readonly env?: { readonly VERSION?: string } } };
}

interface RawPod {
  readonly metadata: {
    readonly deletionTimestamp?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly status: { readonly conditions: { readonly Ready?: string } };
}

interface RawRevision {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly env?: { readonly VERSION?: string } };
  readonly status: object;
}

type Line = { readonly t: number; readonly ns?: string } & (
  | { readonly settled: boolean; readonly state: string }
  | { readonly marker: string; readonly apply?: Apply }
  | {
      readonly kind: "InferenceService";
      readonly type: string;
      readonly object: RawService;
      readonly reading: Columns;
    }
  | {
      readonly kind: "InferenceService";
      readonly type: string;
      readonly generation: number;
      readonly reading: Columns;
    }
  | { readonly kind: "Pod"; readonly type: string; readonly name: string; readonly object: RawPod }
  | { readonly kind: "Revision"; readonly type: string; readonly name: string; readonly object: RawRevision }
  | { readonly kind: "KIngress"; readonly type: string; readonly object: RawIngress }
);

export interface Apply {
  readonly version: string;
  readonly canaryTrafficPercent: number | null;
}

type Shares = ReadonlyMap<string, number>;

/** Where the data plane points, by revision number. */
export interface DataPlane {
  /** The last split that the ingress has taken. */
  readonly inForce: Shares | undefined;
  /** The split that it was given last; on its way while it is not the other. */
  readonly given: Shares;
}

/** One moment: the world for the code under test, the raw data for the oracle. */
export interface Frame {
  readonly t: number;
  readonly world: World;
  readonly columns: Columns | undefined;
  readonly dataPlane: DataPlane | undefined;
  /** Numbers of the revisions with a pod that is Ready and not being deleted; undefined where pods were not recorded. */
  readonly readyPods: ReadonlySet<string> | undefined;
}

/** A moment at which the recorder noted the state. */
export interface Row {
  readonly state: string;
  readonly settled: boolean;
  readonly frame: Frame;
}

/** One change with everything that followed until the next. */
export interface Change {
  readonly label: string;
  readonly apply: Apply;
  /** The run that this change looks like; undefined: no run of bluegreen makes it (20 %, the key removed, …). */
  readonly action: Action | undefined;
  readonly before: Frame;
  readonly versionBefore: string | undefined;
  readonly frames: readonly Frame[];
  readonly rows: readonly Row[];
}

const folder = new URL("../../fixtures/recordings/", import.meta.url);
const serviceName = "jukebox-predictor";

/** `00023` as a revision's name. */
export function revisionName(number: string): string {
  return `${serviceName}-${number}`;
}

/** All changes of a recording, by namespace (`""` where there is only one). */
export function loadRecording(file: string): ReadonlyMap<string, readonly Change[]> {
  const text = readFileSync(new URL(`${file}.jsonl`, folder), "utf8").trim();
  const lines = text.split("\n").map((line): Line => JSON.parse(line));
  const namespaces = new Set(lines.map((line) => line.ns ?? ""));
  return new Map(
    [...namespaces].map((namespace) => [
      namespace,
      replay(lines.filter((line) => (line.ns ?? "") === namespace)),
    ]),
  );
}

function replay(lines: readonly Line[]): readonly Change[] {
  const scene = new Scene(lines);
  const changes: (Change & { frames: Frame[]; rows: Row[] })[] = [];
  for (const line of lines) {
    const change = changes.at(-1);
    if ("settled" in line) {
      change?.rows.push({ state: line.state, settled: line.settled, frame: scene.frame(line.t) });
    } else if ("marker" in line) {
      if (line.apply !== undefined) changes.push(newChange(scene, line.t, line.marker, line.apply));
    } else {
      scene.take(line);
      change?.frames.push(scene.frame(line.t));
    }
  }
  return changes;
}

function newChange(scene: Scene, t: number, label: string, apply: Apply) {
  const before = scene.frame(t);
  const versionBefore = scene.version;
  scene.expectVersion(apply.version);
  return {
    label,
    apply,
    action: actionOf(apply, before.columns, versionBefore),
    before,
    versionBefore,
    frames: [],
    rows: [],
  };
}

function actionOf(
  apply: Apply,
  before: Columns | undefined,
  version: string | undefined,
): Action | undefined {
  const { canaryTrafficPercent: percent } = apply;
  if (percent === 0 && apply.version !== version) return "stage";
  if (apply.version !== version || percent === before?.specPercent) return undefined;
  if (percent === 0) return "rollback";
  return percent === 100 ? "promote" : undefined;
}

/** What is known of the cluster so far. */
class Scene {
  #service: unknown;
  #columns: Columns | undefined;
  #dataPlane: DataPlane | undefined;
  readonly #revisions = new Map<string, RevisionReading>();
  readonly #pods = new Map<string, { readonly reading: PodReading; readonly raw: RawPod }>();
  readonly #versions = new Map<string, string>();
  readonly #startsEmpty: boolean;
  readonly #appearing: ReadonlySet<string>;
  readonly #podsRecorded: boolean;
  #generation = 0;
  #nextVersion: { readonly version: string; readonly after: number } | undefined;
  version: string | undefined;

  constructor(lines: readonly Line[]) {
    const events = lines.filter((line) => "kind" in line);
    const appearing = events.filter((event) => event.type === "ADDED" || event.type === "SNAPSHOT");
    this.#startsEmpty = appearing.some(
      (event) => event.kind === "InferenceService" && event.type === "ADDED",
    );
    this.#appearing = new Set(appearing.flatMap((event) => (event.kind === "Revision" ? event.name : [])));
    const pods = events.filter((event) => event.kind === "Pod");
    this.#podsRecorded =
      pods.some((event) => event.type === "SNAPSHOT") || (this.#startsEmpty && pods.length > 0);
  }

  /** A slim recording does not tell the version in the spec: it is the applied one once the generation has moved on. */
  expectVersion(version: string): void {
    this.#nextVersion = { version, after: this.#generation };
  }

  take(line: Extract<Line, { kind: string }>): void {
    switch (line.kind) {
      case "InferenceService":
        this.#takeService(line);
        return;
      case "Revision":
        this.#revisions.set(line.name, readRevision(withSource(line.object, line.object.spec.env?.VERSION)));
        return;
      case "KIngress":
        this.#dataPlane = dataPlaneOf(line.object, this.#dataPlane);
        return;
      case "Pod":
        if (line.type === "DELETED") this.#pods.delete(line.name);
        else this.#pods.set(line.name, { reading: readPod(inKubernetesForm(line.object)), raw: line.object });
    }
  }

  frame(t: number): Frame {
    const columns = this.#columns;
    const revisions = this.#revisionReadings();
    return {
      t,
      columns,
      world: {
        ...(this.#service === undefined ? {} : { service: readService(this.#service) }),
        revisions,
        pods: this.#podReadings(revisions),
      },
      dataPlane: this.#dataPlane,
      readyPods: this.#podsRecorded ? this.#readyPods() : undefined,
    };
  }

  #takeService(line: Extract<Line, { kind: "InferenceService" }>): void {
    this.#columns = line.reading;
    if ("object" in line) {
      this.version = line.object.spec.predictor.env?.VERSION;
      this.#service = withStorageUri(line.object);
    } else {
      this.#generation = line.generation;
      const next = this.#nextVersion;
      if (next !== undefined && line.generation > next.after) this.version = next.version;
      this.#service = fromColumns(line.reading, line.generation, this.version);
    }
    const { c, r, ro, pr, LATESTREADYREVISION: latest, PREVROLLEDOUTREVISION: previous } = line.reading;
    for (const number of [c, r, ro, pr, latest, previous]) {
      if (number === null || this.#versions.has(number)) continue;
      this.#versions.set(number, number === c ? (this.version ?? "") : "earlier");
    }
  }

  /** Where Revisions were not recorded, one that the status names exists, made from the version then in the spec. */
  #revisionReadings(): readonly RevisionReading[] {
    const made = [...this.#versions].filter(
      ([number]) => !this.#appearing.has(revisionName(number)) && !this.#revisions.has(revisionName(number)),
    );
    return [
      ...this.#revisions.values(),
      ...made.map(([number, version]) =>
        readRevision(withSource({ metadata: { name: revisionName(number) }, spec: {}, status: {} }, version)),
      ),
    ];
  }

  /** Where pods were not recorded (or not from the start) every revision without a pod event has a ready pod. */
  #podReadings(revisions: readonly RevisionReading[]): readonly PodReading[] {
    const recorded = [...this.#pods.values()].map((pod) => pod.reading);
    if (this.#podsRecorded) return recorded;
    const made = revisions
      .filter((revision) => !recorded.some((pod) => pod.revision === revision.name))
      .map(({ name }) => ({ name: `${name}-pod`, revision: name, ready: true, terminating: false }));
    return [...recorded, ...made];
  }

  #readyPods(): ReadonlySet<string> {
    const ready = [...this.#pods.values()].filter(
      ({ raw }) => raw.status.conditions.Ready === "True" && raw.metadata.deletionTimestamp === undefined,
    );
    return new Set(
      ready.map(({ raw }) => raw.metadata.labels["serving.knative.dev/revision"]?.slice(-5) ?? ""),
    );
  }
}

/** The recorded models had no source URI, only a VERSION in their environment: a URI that ends in it stands for it. */
function sourceUri(version: string | undefined): string {
  return `oci://registry.example.com/user1-test/jukebox:${version}`;
}

function withStorageUri({ spec, ...rest }: RawService): object {
  const { env, ...predictor } = spec.predictor;
  const containers = [{ env: [{ name: "STORAGE_URI", value: sourceUri(env?.VERSION) }] }];
  return { ...rest, spec: { predictor: { ...predictor, containers } } };
}

function withSource(raw: RawRevision, version: string | undefined): object {
  const annotations = { "internal.serving.kserve.io/storage-initializer-sourceuri": sourceUri(version) };
  return { ...raw, metadata: { ...raw.metadata, annotations }, spec: {} };
}

function inKubernetesForm(raw: RawPod): object {
  const conditions = Object.entries(raw.status.conditions).map(([type, status]) => ({ type, status }));
  return { ...raw, status: { conditions } };
}

function fromColumns(columns: Columns, generation: number, version: string | undefined): object {
  const { READY, PREV, LATEST, RouteReady, n_traffic: entries } = columns;
  const name = (number: string | null) => (number === null ? undefined : revisionName(number));
  const latest = { latestRevision: true, percent: LATEST, revisionName: name(columns.LATESTREADYREVISION) };
  const previous = {
    latestRevision: false,
    percent: PREV,
    tag: "prev",
    revisionName: name(columns.PREVROLLEDOUTREVISION),
  };
  const condition = (type: string, status: string | null) => (status === null ? [] : [{ type, status }]);
  return withStorageUri({
    metadata: { name: "jukebox", namespace: "user1-test", generation },
    spec: {
      predictor: {
        ...(columns.specPercent === null ? {} : { canaryTrafficPercent: columns.specPercent }),
        env: version === undefined ? {} : { VERSION: version },
      },
    },
    status: {
      deploymentMode: "Knative",
      conditions: [...condition("Ready", READY), ...condition("PredictorRouteReady", RouteReady)],
      components: {
        predictor: {
          latestCreatedRevision: name(columns.c),
          latestReadyRevision: name(columns.r),
          latestRolledoutRevision: name(columns.ro),
          previousRolledoutRevision: name(columns.pr),
          traffic: entries === 0 ? [] : PREV === null ? [latest] : [latest, previous],
        },
      },
    },
  } as RawService);
}

function dataPlaneOf({ metadata, spec, status }: RawIngress, before: DataPlane | undefined): DataPlane {
  const main = spec.rules.find((rule) => rule.hosts.some((host) => host.startsWith(`${serviceName}-`)));
  const splits = main?.paths.flatMap((path) => path.splits) ?? [];
  const given = new Map(splits.map((split) => [split.serviceName.slice(-5), split.percent]));
  const taken = status.observedGeneration === metadata.generation && status.ready.join() === "True";
  return { given, inForce: taken ? given : before?.inForce };
}
