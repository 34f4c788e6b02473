import { FAULTS, SANDBOX_API } from "./kinds.ts";
import type { ObjectStore, ObjectView } from "./objects.ts";

/** What is wrong with one model: `match` is a revision's name or a model version (the end of its source URI). */
export type ModelFault =
  | { readonly match: string; readonly kind: "never-ready" }
  /** `startMs`: from the running container to ready, in place of the usual time. */
  | { readonly match: string; readonly kind: "slow-start"; readonly startMs: number }
  /**
   * The container exits with code 1 after `lifeMs` (default 400) and again after every restart. With `leakMs` it is
   * ready for that long after each restart, which is how a blocked rollback was seen to go through by itself.
   */
  | {
      readonly match: string;
      readonly kind: "crash-loop";
      readonly lifeMs?: number;
      readonly leakMs?: number;
      /** The kernel kills it for want of memory; else it exits with code 1. */
      readonly oomKilled?: true;
    }
  /** The pod is made, and gets no further. */
  | { readonly match: string; readonly kind: Held }
  /** The namespace's quota lets no pod be made. */
  | { readonly match: string; readonly kind: "quota" };

/** What keeps a pod from running. */
export type Held = "image-pull" | "unschedulable" | "model-not-found";

/**
 * What the chart makes of the values. `ignores-canary`: it no longer renders the percent. `raw`: neither that nor
 * Knative mode, as the chart for RHOAI 3.3.
 */
export type ChartVariant = "normal" | "ignores-canary" | "raw";

export interface ArgoFaults {
  /** The application controller does not run: no polls, no refresh, no sync. */
  readonly stopped?: boolean;
  /** Manifests cannot be generated; this is the message. */
  readonly comparisonError?: string;
  /** Every sync fails with this message. */
  readonly syncError?: string;
  readonly chart?: ChartVariant;
}

/** The switches. Plain data, kept as one object in the store, so that changing one makes the controllers look. */
export interface Faults {
  readonly models: readonly ModelFault[];
  /** Creating a Revision takes this much longer (a slow admission webhook): opens the T5 race. */
  readonly revisionAdmissionDelayMs: number;
  /** Names of Revisions that the garbage collector takes away. */
  readonly collectedRevisions: readonly string[];
  readonly argocd: ArgoFaults;
  /** By name of the Application; what is set here wins over `argocd`. */
  readonly applications: Readonly<Record<string, ArgoFaults>>;
}

export const NO_FAULTS: Faults = {
  models: [],
  revisionAdmissionDelayMs: 0,
  collectedRevisions: [],
  argocd: {},
  applications: {},
};

const KEY = { kind: FAULTS, namespace: "", name: "faults" };

export function readFaults(view: ObjectView): Faults {
  return view.get(KEY)?.spec ?? NO_FAULTS;
}

/** Changes the named switches and leaves the others. */
export function setFaults(store: ObjectStore, change: Partial<Faults>): void {
  const spec = { ...readFaults(store), ...change };
  store.put({ apiVersion: SANDBOX_API, kind: "Faults", metadata: { name: "faults", namespace: "" }, spec });
}

export function clearFaults(store: ObjectStore): void {
  setFaults(store, NO_FAULTS);
}

/** The fault of the model that a revision (or a Deployment's template) runs, if it has one. */
export function faultOf(faults: Faults, name: string, sourceUri: string): ModelFault | undefined {
  return faults.models.find((fault) => fault.match === name || sourceUri.endsWith(`:${fault.match}`));
}

export function argoFaultsOf(faults: Faults, application: string): ArgoFaults {
  return { ...faults.argocd, ...faults.applications[application] };
}
