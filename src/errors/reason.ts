/** What is told of an end: its outcome, its exit code, and what to do next. */

export type Outcome = "PASS" | "UNCHANGED" | "FAIL" | "INCONCLUSIVE" | "ERROR" | "REFUSED" | "SUPERSEDED";

/** Exit codes by class. 20–39 collide neither with Node's own codes nor with a shell's. */
export const exitCodes = {
  ok: 0,
  configuration: 20,
  state: 21,
  refused: 22,
  edit: 23,
  verdict: 24,
  inconclusive: 25,
  metrics: 26,
  gitAccess: 27,
  git: 28,
  conflict: 29,
  superseded: 30,
  clusterAccess: 31,
  cluster: 32,
  notReached: 33,
  rollout: 34,
  timeout: 35,
  argocd: 36,
  cancelled: 37,
  bug: 39,
} as const;

export type ExitClass = keyof typeof exitCodes;

export interface Reason {
  readonly outcome: Outcome;
  readonly class: ExitClass;
  readonly retryable: boolean;
  /** What happened, without a full stop; the evidence follows it. */
  readonly what: string;
  readonly why: string;
  /** What to do next. */
  readonly next: string;
}
