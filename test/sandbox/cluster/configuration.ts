import { type Condition, conditionOf, isReady, written } from "./conditions.ts";
import { readFaults } from "./faults.ts";
import {
  ADMISSION,
  ANNOTATION_ROUTES,
  ANNOTATION_ROUTING_MODIFIED,
  CONFIGURATION,
  key,
  LABEL_CONFIGURATION,
  LABEL_CONFIGURATION_GENERATION,
  LABEL_ROUTING_STATE,
  LABEL_SERVICE,
  labelOf,
  ownerReference,
  REVISION,
  SANDBOX_API,
  timestamp,
} from "./kinds.ts";
import {
  groupKindOf,
  type KubeObject,
  type ObjectView,
  type ReconcileResult,
  type Reconciler,
} from "./objects.ts";

/** One Revision per generation of the template; remembers the newest one created and the newest one ready. */
export function configurationController(): Reconciler {
  return {
    name: "configuration",
    keysFor(changed) {
      const kind = groupKindOf(changed);
      if (kind === CONFIGURATION || kind === ADMISSION) return [key(CONFIGURATION, changed)];
      const name = kind === REVISION ? labelOf(changed, LABEL_CONFIGURATION) : undefined;
      return name === undefined ? [] : [key(CONFIGURATION, changed, name)];
    },
    reconcile(at, view, nowMs) {
      const configuration = view.get(at);
      if (configuration === undefined) return { writes: [] };
      const revisions = revisionsOf(configuration, view);
      const created = revisions.find((r) => generationOf(r) === configuration.metadata.generation);
      if (created === undefined) return create(configuration, view, nowMs);
      const status = statusOf(configuration, created, revisions, nowMs);
      return { writes: [{ op: "put", object: { ...configuration, status } }] };
    },
  };
}

function revisionsOf(configuration: KubeObject, view: ObjectView): KubeObject[] {
  const { name, namespace } = configuration.metadata;
  return view.list(REVISION, namespace).filter((r) => labelOf(r, LABEL_CONFIGURATION) === name);
}

function generationOf(revision: KubeObject): number {
  return Number(labelOf(revision, LABEL_CONFIGURATION_GENERATION));
}

/**
 * Creates the Revision and, in the same reconcile, moves latestCreatedRevisionName. The create call waits for
 * admission; while it does, the Configuration's status stays as it was, and the Route may be reconciled meanwhile.
 */
function create(configuration: KubeObject, view: ObjectView, nowMs: number): ReconcileResult {
  const delayMs = readFaults(view).revisionAdmissionDelayMs;
  const { name, namespace, generation } = configuration.metadata;
  const pending = view.get(key(ADMISSION, configuration));
  if (delayMs > 0 && pending?.spec.generation !== generation) {
    const spec = { generation, doneMs: nowMs + delayMs };
    const metadata = { name, namespace };
    return {
      writes: [{ op: "put", object: { apiVersion: SANDBOX_API, kind: "Admission", metadata, spec } }],
    };
  }
  if (delayMs > 0 && nowMs < pending?.spec.doneMs) {
    return { writes: [], againAfterMs: pending?.spec.doneMs - nowMs };
  }
  const revision = revisionFor(configuration, nowMs);
  const status = statusOf(configuration, revision, [], nowMs);
  return {
    writes: [
      { op: "put", object: revision },
      { op: "put", object: { ...configuration, status } },
    ],
  };
}

function revisionFor(configuration: KubeObject, nowMs: number): KubeObject {
  const { name, namespace, generation, uid } = configuration.metadata;
  const { metadata: template, spec } = configuration.spec.template;
  const service = labelOf(configuration, LABEL_SERVICE);
  return {
    apiVersion: "serving.knative.dev/v1",
    kind: "Revision",
    metadata: {
      name: `${name}-${`${generation}`.padStart(5, "0")}`,
      namespace,
      annotations: {
        ...template?.annotations,
        [ANNOTATION_ROUTES]: name,
        [ANNOTATION_ROUTING_MODIFIED]: timestamp(nowMs),
      },
      labels: {
        ...template?.labels,
        [LABEL_CONFIGURATION]: name,
        [LABEL_CONFIGURATION_GENERATION]: `${generation}`,
        "serving.knative.dev/configurationUID": uid ?? "",
        [LABEL_ROUTING_STATE]: "active",
        ...(service === undefined ? {} : { [LABEL_SERVICE]: service }),
      },
      ownerReferences: [ownerReference(configuration)],
    },
    spec,
  };
}

function statusOf(
  configuration: KubeObject,
  created: KubeObject,
  revisions: readonly KubeObject[],
  nowMs: number,
) {
  const before = configuration.status?.latestReadyRevisionName;
  const oldest = generationOf(revisions.find((r) => r.metadata.name === before) ?? created);
  // From the newest ready one known before upwards: latestReadyRevisionName never goes back.
  const newest = revisions
    .filter((r) => isReady(r) && (before === undefined || generationOf(r) >= oldest))
    .sort((a, b) => generationOf(b) - generationOf(a))[0];
  const latestReadyRevisionName = newest?.metadata.name ?? before;
  return {
    conditions: written(configuration, [readyOf(configuration, created, latestReadyRevisionName)], nowMs),
    latestCreatedRevisionName: created.metadata.name,
    latestReadyRevisionName,
    observedGeneration: configuration.metadata.generation,
  };
}

function readyOf(configuration: KubeObject, created: KubeObject, ready: string | undefined): Condition {
  const name = created.metadata.name;
  const condition = conditionOf(created, "Ready");
  if (condition?.status === "False") {
    const message = `Revision "${name}" failed with message: ${condition.message}.`;
    return { type: "Ready", status: "False", reason: "RevisionFailed", message };
  }
  if (condition?.status === "True") return { type: "Ready", status: "True" };
  const before = conditionOf(configuration, "Ready");
  return ready === name && before !== undefined ? before : { type: "Ready", status: "Unknown" };
}
