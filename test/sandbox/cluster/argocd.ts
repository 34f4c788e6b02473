import { isDeepStrictEqual } from "node:util";
import { desiredInferenceService, differs, merged } from "./argodiff.ts";
import { healthOf } from "./argohealth.ts";
import { renderChart } from "./chart.ts";
import { type ArgoFaults, argoFaultsOf, readFaults } from "./faults.ts";
import { readGitHead } from "./githead.ts";
import {
  APPLICATION,
  annotationOf,
  FAULTS,
  GIT_HEAD,
  INFERENCE_SERVICE,
  key,
  ownerReference,
  RENDERED,
  SANDBOX_API,
  timestamp,
} from "./kinds.ts";
import {
  groupKindOf,
  type Json,
  type KubeObject,
  type ObjectView,
  type ReconcileResult,
  type Reconciler,
  type Write,
} from "./objects.ts";
import type { ClusterSettings } from "./settings.ts";

export const REFRESH = "argocd.argoproj.io/refresh";
/** Stands for the commit of a chart repository that nobody told us the head of. */
const CHART_COMMIT = "c4a7".repeat(10);

/** What Git came to when it was last looked at. */
interface Rendered {
  readonly comparedMs: number;
  /** One commit per source; undefined where a source could not be read. */
  readonly revisions?: readonly string[];
  readonly manifest?: Json;
  readonly error?: string;
}

/**
 * Argo CD for one Application: polls Git, compares, syncs automatically and heals drift. An Application has one
 * InferenceService here.
 */
export function argocdController(settings: ClusterSettings): Reconciler {
  return {
    name: "argocd",
    keysFor: (changed, view) => keysFor(changed, view, settings),
    reconcile(at, view, nowMs) {
      const application = view.get(at);
      const faults = argoFaultsOf(readFaults(view), at.name);
      if (application === undefined || faults.stopped) return { writes: [] };
      return reconcile(application, faults, view, settings, nowMs);
    },
  };
}

function keysFor(changed: KubeObject, view: ObjectView, settings: ClusterSettings) {
  const kind = groupKindOf(changed);
  const all = () => view.list(APPLICATION);
  const keysOf = (applications: readonly KubeObject[]) => applications.map((a) => key(APPLICATION, a));
  if (kind === APPLICATION) return [key(APPLICATION, changed)];
  if (kind === FAULTS) return keysOf(all());
  if (kind === GIT_HEAD) {
    return keysOf(all().filter((a) => settings.argocdWebhook || memoryOf(a, view)?.revisions === undefined));
  }
  if (kind !== INFERENCE_SERVICE) return [];
  const { name, namespace } = changed.metadata;
  return keysOf(
    all().filter((application) => {
      const manifest = memoryOf(application, view)?.manifest;
      return manifest?.metadata.name === name && manifest.metadata.namespace === namespace;
    }),
  );
}

function memoryOf(application: KubeObject, view: ObjectView): Rendered | undefined {
  return view.get(key(RENDERED, application))?.spec;
}

function reconcile(
  application: KubeObject,
  faults: ArgoFaults,
  view: ObjectView,
  settings: ClusterSettings,
  nowMs: number,
): ReconcileResult {
  const memory = memoryOf(application, view);
  const refreshed = isDue(application, memory, view, settings, nowMs);
  const rendered = refreshed || memory === undefined ? render(application, faults, view, nowMs) : memory;
  const { name: target, namespace: where } = rendered.manifest?.metadata ?? {};
  const live = view.get({ kind: INFERENCE_SERVICE, namespace: where, name: target });
  const outcome = compareAndSync(application, rendered, live, faults, refreshed, nowMs);
  const { [REFRESH]: _, ...annotations } = application.metadata.annotations ?? {};
  const metadata = { ...application.metadata, annotations };
  const reconciledAt = timestamp(rendered.comparedMs);
  const status = { ...application.status, ...outcome.status, reconciledAt };
  const { name, namespace } = application.metadata;
  const own = { name, namespace, ownerReferences: [ownerReference(application)] };
  const writes: Write[] = [
    { op: "put", object: { apiVersion: SANDBOX_API, kind: "Rendered", metadata: own, spec: rendered } },
    ...outcome.writes,
    { op: "put", object: { ...application, metadata, status } },
  ];
  return { writes, againAfterMs: Math.max(0, rendered.comparedMs + settings.argocdPollMs - nowMs) };
}

function isDue(
  application: KubeObject,
  memory: Rendered | undefined,
  view: ObjectView,
  settings: ClusterSettings,
  nowMs: number,
): boolean {
  if (memory?.revisions === undefined) return true;
  if (annotationOf(application, REFRESH) !== undefined) return true;
  if (nowMs >= memory.comparedMs + settings.argocdPollMs) return true;
  return settings.argocdWebhook && !isDeepStrictEqual(memory.revisions, commitsOf(application, view));
}

function sourcesOf(application: KubeObject): readonly Json[] {
  return application.spec.sources ?? [application.spec.source];
}

function commitsOf(application: KubeObject, view: ObjectView): readonly string[] {
  return sourcesOf(application).map((source) => readGitHead(view, source.repoURL)?.commit ?? CHART_COMMIT);
}

function render(application: KubeObject, faults: ArgoFaults, view: ObjectView, nowMs: number): Rendered {
  const comparedMs = nowMs;
  const { repoURL, path } = valuesAt(application);
  const head = readGitHead(view, repoURL);
  if (head === undefined) {
    return { comparedMs, error: `Failed to load target state: ${repoURL}: repository not found` };
  }
  const revisions = commitsOf(application, view);
  const failed = (why: string): Rendered => ({
    comparedMs,
    revisions,
    error: `Failed to load target state: failed to generate manifest for source 2 of 2: ${why}`,
  });
  if (faults.comparisonError !== undefined) return failed(faults.comparisonError);
  const values = head.files[path];
  if (values === undefined) return failed(`open ${path}: no such file or directory`);
  try {
    const namespace = application.spec.destination.namespace;
    const manifest = renderChart(values, faults.chart ?? "normal", namespace);
    return { comparedMs, revisions, manifest };
  } catch (error) {
    return failed(error instanceof Error ? error.message : `${error}`);
  }
}

/** `$values/<path>` names a file of the source with `ref: values`. */
function valuesAt(application: KubeObject): { readonly repoURL: string; readonly path: string } {
  const sources = sourcesOf(application);
  const chart = sources.find((source) => source.helm?.valueFiles?.[0] !== undefined) ?? sources[0];
  const file: string = chart?.helm?.valueFiles?.[0] ?? "";
  const [, ref, path = ""] = /^\$([^/]+)\/(.*)$/.exec(file) ?? [];
  const named = sources.find((source) => source.ref === ref && ref !== undefined);
  return named === undefined
    ? { repoURL: chart?.repoURL, path: `${chart?.path}/${file}` }
    : { repoURL: named.repoURL, path };
}

interface Outcome {
  readonly status: Json;
  readonly writes: readonly Write[];
}

function compareAndSync(
  application: KubeObject,
  rendered: Rendered,
  live: KubeObject | undefined,
  faults: ArgoFaults,
  refreshed: boolean,
  nowMs: number,
): Outcome {
  const before = application.status ?? {};
  const { manifest, error } = rendered;
  if (manifest === undefined) {
    const conditions = [{ type: "ComparisonError", message: error, lastTransitionTime: timestamp(nowMs) }];
    const kept = before.conditions?.[0]?.message === error ? before.conditions : conditions;
    const sync = syncStatus(application, rendered, "Unknown");
    return { status: { conditions: kept, health: before.health ?? { status: "Unknown" }, sync }, writes: [] };
  }
  const desired = desiredInferenceService(manifest, application);
  const status = { conditions: [], health: healthOf(live), resources: resourcesOf(manifest, live) };
  const running = before.operationState?.phase === "Running";
  if (!differs(desired, live, application)) {
    // What it was to apply was taken back meanwhile.
    if (running) return { ...finish(application, rendered, desired, faults, status, nowMs), writes: [] };
    const sync = syncStatus(application, rendered, "Synced");
    return { status: { ...status, sync }, writes: [] };
  }
  const sync = syncStatus(application, rendered, "OutOfSync");
  if (running)
    return finish(application, rendered, merged(desired, live, application), faults, status, nowMs);
  if (!shouldSync(application, rendered, refreshed)) {
    return { status: { ...status, conditions: before.conditions ?? [], sync }, writes: [] };
  }
  const operationState = {
    operation: { initiatedBy: { automated: true }, sync: { revisions: rendered.revisions } },
    phase: "Running",
    message: "waiting for completion of the sync operation",
    startedAt: timestamp(nowMs),
  };
  return { status: { ...status, sync, operationState }, writes: [] };
}

/** Automatic sync tries a commit once; drift from it is undone with selfHeal only; a failure waits for a refresh. */
function shouldSync(application: KubeObject, rendered: Rendered, refreshed: boolean): boolean {
  const automated = application.spec.syncPolicy?.automated;
  if (automated === undefined || automated === null) return false;
  const last = application.status?.operationState;
  if (!isDeepStrictEqual(last?.syncResult?.revisions, rendered.revisions)) return true;
  if (last?.phase !== "Succeeded") return refreshed;
  return automated.selfHeal === true;
}

function finish(
  application: KubeObject,
  rendered: Rendered,
  wanted: KubeObject,
  faults: ArgoFaults,
  status: Json,
  nowMs: number,
): Outcome {
  const failed = faults.syncError !== undefined;
  const { revisions } = rendered;
  const message = failed ? `one or more objects failed to apply, reason: ${faults.syncError}` : undefined;
  const operationState = {
    ...application.status?.operationState,
    phase: failed ? "Failed" : "Succeeded",
    message: message ?? "successfully synced (all tasks run)",
    finishedAt: timestamp(nowMs),
    syncResult: { revision: "", revisions, sources: application.spec.sources },
  };
  const sync = syncStatus(application, rendered, failed ? "OutOfSync" : "Synced");
  if (failed) {
    const text = `Failed last sync attempt to [${revisions?.join(",")}]: ${message}`;
    const conditions = [{ type: "SyncError", message: text, lastTransitionTime: timestamp(nowMs) }];
    return { status: { ...status, conditions, sync, operationState }, writes: [] };
  }
  const history: readonly Json[] = application.status?.history ?? [];
  const entry = { id: history.length, revisions, deployedAt: timestamp(nowMs) };
  return {
    status: { ...status, sync, operationState, history: [...history.slice(-9), entry] },
    writes: [{ op: "put", object: wanted }],
  };
}

/** `revisions` with several sources, `revision` with one. */
function syncStatus(application: KubeObject, rendered: Rendered, status: string): Json {
  const { destination, sources, source } = application.spec;
  const { revisions } = rendered;
  return sources === undefined
    ? { comparedTo: { destination, source }, revision: revisions?.[0], status }
    : { comparedTo: { destination, sources }, revisions, status };
}

function resourcesOf(manifest: Json, live: KubeObject | undefined): Json[] {
  const { name, namespace } = manifest.metadata;
  const health = healthOf(live);
  return [
    { group: "serving.kserve.io", kind: "InferenceService", version: "v1beta1", name, namespace, health },
  ];
}
