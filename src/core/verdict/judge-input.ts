import type { QueryAnswer } from "../../ports.ts";
import type { PodDirectory } from "./pods.ts";
import type { ProbesSent } from "./probes.ts";
import type { Runtime, RuntimeChoice } from "./runtimes.ts";

export interface JudgeInput extends PodDirectory {
  /** Name of the revision that alone is to serve. */
  readonly active: string;
  /** Answer to `samplesQuery`. */
  readonly answer: QueryAnswer;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly cutOverAt: number;
  /** Seconds after the cut-over in which requests under way may still end on the old revision. */
  readonly settleSeconds: number;
  /** Milliseconds since the epoch, by this machine's clock, when the answer was there. */
  readonly nowMs: number;
  /** `auto` if absent. */
  readonly runtime?: RuntimeChoice | Runtime | undefined;
  /** Requests to be seen on the active revision for a PASS; 1 if absent. */
  readonly minRequests?: number | undefined;
  /** Leak (0 to 1, both excluded) that a PASS is to exclude with 95 % confidence. */
  readonly maxLeak?: number | undefined;
  /** Requests that we sent ourselves. */
  readonly probes?: readonly ProbesSent[] | undefined;
  /** Pods that began after the cut-over and settle time. */
  readonly bornSince?: ReadonlySet<string> | undefined;
  /** Seconds by which Prometheus' clock was seen to be ahead of ours at most, in earlier looks; 0 if absent. */
  readonly clockAheadSeconds?: number | undefined;
}
