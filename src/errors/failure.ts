import { type ReasonId, reasons } from "./catalogue.ts";

/** An error of the catalogue: a stable reason plus what was seen this time. Anything else that is thrown is a bug. */
export class Failure extends Error {
  readonly reason: ReasonId;
  /** What was seen, in one line, fit for a log: no secret, no control character. */
  readonly evidence: string;

  /** Further causes found in the same look (all pre-flight findings are reported together). */
  readonly also: readonly Failure[];

  /** Lines to look at beside the evidence: a text with a caret under the place that is meant. */
  readonly shown: readonly string[];

  constructor(
    reason: ReasonId,
    evidence: string,
    options?: { cause?: unknown; also?: readonly Failure[]; shown?: readonly string[] },
  ) {
    super(`${reasons[reason].what}: ${evidence}`, options);
    this.name = "Failure";
    this.reason = reason;
    this.evidence = evidence;
    this.also = options?.also ?? [];
    this.shown = options?.shown ?? [];
  }

  /** Whether trying the same again later can help. */
  get retryable(): boolean {
    return reasons[this.reason].retryable;
  }
}
