/**
 * What bluegreen knows of the cluster at one moment: the InferenceService, its Knative revisions and its pods,
 * reduced to the fields that decide who serves.
 */

/** The InferenceService a run is about. */
export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
}

/** KServe's deployment modes under their current names: `Serverless` is Knative, `RawDeployment` is Standard. */
export type DeploymentMode = "Knative" | "Standard" | "ModelMesh" | "unknown";

export type ConditionStatus = "True" | "False" | "Unknown";

export interface Condition {
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
}

/** One entry of `status.components.predictor.traffic`. Percent is 0–100; several entries can name one revision. */
export interface TrafficEntry {
  readonly revision: string;
  readonly percent: number;
  /** True for the entry that follows the newest ready revision. */
  readonly latest: boolean;
  /** `prev` marks the entry that KServe added for the revision rolled out before. */
  readonly tag?: string;
  readonly url?: string;
}

export interface ServiceReading {
  readonly ref: ServiceRef;
  /** Another one under the same name is another InferenceService. */
  readonly uid?: string;
  readonly generation?: number;
  readonly mode: DeploymentMode;
  /** `spec.predictor.canaryTrafficPercent`, 0–100; absent means that all traffic follows the newest ready revision. */
  readonly specPercent?: number;
  /** Where the spec takes the model from, e.g. `oci://registry/user1-test/jukebox:4562a17c17`. */
  readonly sourceUri?: string;
  /** Of a custom predictor (`spec.predictor.containers`): what its containers are to be. */
  readonly custom?: Template;
  /** `spec.predictor.minReplicas`; absent means KServe's default of 1. */
  readonly minReplicas?: number;
  readonly latestCreated?: string;
  readonly latestReady?: string;
  readonly latestRolledout?: string;
  readonly previousRolledout?: string;
  readonly traffic: readonly TrafficEntry[];
  /** By condition type: Ready, PredictorReady, PredictorRouteReady, … */
  readonly conditions: Readonly<Record<string, Condition>>;
  readonly url?: string;
  /** `status.modelStatus.transitionStatus`: explains, never decides (it looks only at pods of latestCreated). */
  readonly modelTransition?: string;
  /** `status.modelStatus.lastFailureInfo`, also of a failure that is over. */
  readonly modelFailure?: Pick<Condition, "reason" | "message">;
}

/** What the containers of a spec are made with, all of them together. */
export interface Template {
  readonly images: readonly string[];
  readonly args?: readonly string[];
  /** Those with a value of their own; it may be a secret. */
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

export interface RevisionReading extends Template {
  readonly name: string;
  /** Annotation `internal.serving.kserve.io/storage-initializer-sourceuri`. */
  readonly sourceUri?: string;
  readonly ready?: Condition;
}

export interface PodReading {
  readonly name: string;
  /** Label `serving.knative.dev/revision`. */
  readonly revision?: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  /** It has ended for good (phase Succeeded or Failed), so it holds nothing any more. */
  readonly finished?: boolean;
  /** By resource what the scheduler reserves for it: cores of `cpu`, bytes of `memory`, pieces of all else. */
  readonly requests?: Readonly<Record<string, number>>;
  /** Condition `PodScheduled`. */
  readonly scheduled?: Condition;
  /** Those that prepare it first (`init`). They explain, and never decide who serves. */
  readonly containers?: readonly ContainerReading[];
}

/** How a container stands, and how it ended before. Times in milliseconds since the epoch. */
export interface ContainerReading {
  readonly name: string;
  readonly init: boolean;
  /** `unknown`: the kubelet has not said yet. */
  readonly state: "waiting" | "running" | "terminated" | "unknown";
  /** Of a container that waits or has ended, e.g. ImagePullBackOff, OOMKilled. */
  readonly reason?: string;
  readonly message?: string;
  readonly startedAt?: number;
  readonly restarts: number;
  /** Its latest end: the present one, or the one before a restart. */
  readonly ended?: ContainerEnd;
}

export interface ContainerEnd {
  readonly exitCode: number;
  readonly reason?: string;
  readonly message?: string;
  /** How long it had run, in milliseconds. */
  readonly lifeMs?: number;
}

export interface World {
  /** Absent before the first deployment. */
  readonly service?: ServiceReading;
  readonly revisions: readonly RevisionReading[];
  readonly pods: readonly PodReading[];
}
