import { isReady } from "./conditions.ts";
import { DATA_PLANE, LABEL_INFERENCE_SERVICE, LABEL_REVISION, labelOf, POD, SANDBOX_API } from "./kinds.ts";
import type { Json, KubeObject, ObjectStore, ObjectView } from "./objects.ts";

/** Who gets how much of the requests to one host. Percents sum to 100. */
export interface Share {
  readonly revision: string;
  readonly percent: number;
}

/**
 * The split in force for an InferenceService's own host: what the proxies do, whatever the API says. Empty before
 * the first revision is routed, and in raw mode.
 */
export function splitInForce(
  view: ObjectView,
  namespace: string,
  inferenceService: string,
): readonly Share[] {
  const table = view.get({ kind: DATA_PLANE, namespace, name: `${inferenceService}-predictor` });
  return sharesOf(table?.spec.rules[0]);
}

/** The same for any host, the tags' hosts included; undefined = 404. */
export function splitForHost(
  view: ObjectView,
  host: string,
): { readonly namespace: string; readonly split: readonly Share[] } | undefined {
  for (const table of view.list(DATA_PLANE)) {
    const rule = table.spec.rules.find((candidate: Json) => candidate.hosts.includes(host));
    if (rule !== undefined) return { namespace: table.metadata.namespace, split: sharesOf(rule) };
  }
  return undefined;
}

function sharesOf(rule: Json | undefined): readonly Share[] {
  const splits: readonly Json[] = rule?.http.paths[0].splits ?? [];
  return splits.map(({ serviceName, percent }) => ({ revision: serviceName, percent }));
}

/** The pods of a revision that answer requests now, those going away included as long as they are ready. */
export function readyPods(view: ObjectView, namespace: string, revision: string): readonly KubeObject[] {
  return view.list(POD, namespace).filter((pod) => labelOf(pod, LABEL_REVISION) === revision && isReady(pod));
}

/** The pods of raw mode that answer requests now. */
export function readyRawPods(
  view: ObjectView,
  namespace: string,
  inferenceService: string,
): readonly KubeObject[] {
  return view.list(POD, namespace).filter((pod) => {
    const mine = labelOf(pod, LABEL_INFERENCE_SERVICE) === inferenceService;
    return mine && labelOf(pod, LABEL_REVISION) === undefined && isReady(pod);
  });
}

/** Tells the autoscaler of a request: a revision with minReplicas 0 that is on the route gets a pod again. */
export function noteRequest(store: ObjectStore, namespace: string, revision: string, nowMs: number): void {
  const metadata = { name: revision, namespace };
  store.put({ apiVersion: SANDBOX_API, kind: "Demand", metadata, spec: { lastMs: nowMs } });
}
