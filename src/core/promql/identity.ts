/** Which revision a series of a query's result speaks of. */
import { identify, type PodDirectory } from "../verdict/pods.ts";

export interface RevisionDirectory extends PodDirectory {
  readonly namespace: string;
  /** Names of revisions that are known to be this service's: active, standby, those the API lists. */
  readonly revisions: readonly string[];
}

/**
 * `foreign`: of another service or namespace, no matter of ours. `unknown`: has a label that should tell, and does not.
 * `unlabelled`: has no such label. `contradictory`: two of its labels name two revisions.
 */
export type Identity =
  | { readonly kind: "revision"; readonly revision: string }
  | { readonly kind: "foreign" | "unknown" | "unlabelled" | "contradictory" };

/** By pod; by revision, as Knative's own metrics, kube-state-metrics and pod labels call it; by workload. */
const podLabels = ["pod", "pod_name"];
const revisionLabels = [
  "revision",
  "revision_name",
  "serving_knative_dev_revision",
  "label_serving_knative_dev_revision",
];
const workloadLabels = ["workload", "deployment"];

export const identityLabels: ReadonlySet<string> = new Set([
  ...podLabels,
  ...revisionLabels,
  ...workloadLabels,
]);

type Labels = Readonly<Record<string, string>>;

export function identifySeries(labels: Labels, directory: RevisionDirectory): Identity {
  const { namespace, service } = directory;
  if ((labels["namespace"] ?? namespace) !== namespace) return { kind: "foreign" };
  const names = namesIn(labels, directory);
  if (names.length === 0) return { kind: "unlabelled" };
  const known = new Set(names.flatMap(({ revision }) => revision ?? []));
  const [first] = known;
  if (known.size > 1) return { kind: "contradictory" };
  if (first !== undefined) return { kind: "revision", revision: first };
  return { kind: names.some(({ text }) => isOfAnotherService(text, service)) ? "foreign" : "unknown" };
}

interface Named {
  readonly text: string;
  readonly revision?: string | undefined;
}

/** An empty label is none, to Prometheus. */
function namesIn(labels: Labels, directory: RevisionDirectory): readonly Named[] {
  const present = (keys: readonly string[]) => keys.flatMap((key) => labels[key] || []);
  return [
    ...present(podLabels).map((text) => ({ text, revision: identify(text, directory).revision })),
    ...present(revisionLabels).map((text) => ({ text, revision: knownRevision(text, directory) })),
    ...present(workloadLabels).map((text) => ({
      text,
      revision: knownRevision(text.replace(/-deployment$/, ""), directory),
    })),
  ];
}

/** Known by name, or named as Knative names this service's revisions: what `identify` reads from a pod's name. */
function knownRevision(text: string, directory: RevisionDirectory): string | undefined {
  if (directory.revisions.includes(text)) return text;
  return identify(`${text}-deployment-x`, { service: directory.service, pods: [] }).revision === text
    ? text
    : undefined;
}

/** Knative numbers the revisions of `<service>-predictor`; our own names never look like another service's. */
function isOfAnotherService(text: string, service: string): boolean {
  const owner = /^(.+)-predictor-[0-9]{5,}(?:-deployment.*)?$/.exec(text)?.[1];
  return owner !== undefined && owner !== service;
}
