/** How long things take, in milliseconds. The defaults follow what was recorded on a quiet two-core machine. */
export interface ClusterSettings {
  /** From a pod's creation to a running container. */
  readonly containerCreationMs: number;
  /** From a running container to a ready pod; SLOW in the container's environment (seconds) adds to it. */
  readonly modelStartMs: number;
  /** From leaving the route to the deletionTimestamp of a revision's pods (60.6 and 63.8 s recorded). */
  readonly scaleToZeroMs: number;
  /** From deletionTimestamp to gone (31 s recorded). Requests are still answered for most of it. */
  readonly terminationMs: number;
  /** A Revision that was never ready fails after this long (120.9 s recorded). */
  readonly progressDeadlineMs: number;
  /** A revision with minReplicas 0 keeps its pod for this long after the last request. */
  readonly idleMs: number;
  /** How often Argo CD looks at Git by itself. */
  readonly argocdPollMs: number;
  /** Whether a push tells Argo CD at once. The course has no webhook. */
  readonly argocdWebhook: boolean;
  /** Waits of the kubelet before it starts a crashed container again; the last one repeats. */
  readonly crashBackOffMs: readonly number[];
  /** `apps.example.com`: hosts are `<ksvc>-<namespace>.<domain>`. */
  readonly domain: string;
  /** `http`, as recorded, or `https` as behind OpenShift's router. */
  readonly urlScheme: "http" | "https";
}

export const DEFAULT_SETTINGS: ClusterSettings = {
  containerCreationMs: 700,
  modelStartMs: 400,
  scaleToZeroMs: 60_000,
  terminationMs: 31_000,
  progressDeadlineMs: 120_000,
  idleMs: 60_000,
  argocdPollMs: 180_000,
  argocdWebhook: false,
  crashBackOffMs: [200, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000],
  domain: "apps.example.com",
  urlScheme: "http",
};
