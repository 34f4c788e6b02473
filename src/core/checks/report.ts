/** All checks' results as data: for the state file, the JSON report and people. */
import * as v from "valibot";
import type { ReasonId } from "../../errors/catalogue.ts";
import { printable } from "../text.ts";

const text = v.pipe(v.string(), v.maxLength(20_000));
const time = v.pipe(v.number(), v.minValue(0));
const value = v.union([v.pipe(v.number(), v.finite()), v.picklist(["NaN", "+Inf", "-Inf"])]);
const phases = ["Successful", "Failed", "Inconclusive", "Error"] as const;

const measurement = v.object({
  at: time,
  phase: v.picklist(phases),
  values: v.array(v.object({ labels: v.optional(v.record(v.string(), v.string())), value })),
  limit: v.optional(v.number()),
  detail: text,
});

const check = v.object({
  name: text,
  kind: v.picklist(["query", "errorRatio", "latency"]),
  /** As it was last asked. */
  query: v.optional(text),
  condition: text,
  dryRun: v.boolean(),
  phase: v.picklist(["Running", ...phases]),
  baseline: v.optional(
    v.object({ query: text, at: time, value: v.optional(v.number()), lack: v.optional(text) }),
  ),
  measurements: v.array(measurement),
});

/** For the state file's schema: `checks: v.optional(checksReportSchema)`. */
export const checksReportSchema = v.object({ checks: v.array(check) });

export type ChecksReport = v.InferOutput<typeof checksReportSchema>;
export type CheckReport = v.InferOutput<typeof check>;

/** All checks together. `detail` is one line, printable. */
export type ChecksDecision =
  | { readonly kind: "running" | "passed"; readonly detail: string }
  | {
      readonly kind: "failed" | "inconclusive" | "error";
      readonly reason: Extract<ReasonId, "CHECK_FAILED" | "CHECK_INCONCLUSIVE" | "CHECK_ERROR">;
      readonly detail: string;
    };

/**
 * A failed check decides at once; an error or a doubt only when no other check can still fail. Dry-run checks decide
 * nothing.
 */
export function decideChecks({ checks }: ChecksReport): ChecksDecision {
  const deciding = checks.filter(({ dryRun }) => !dryRun);
  const first = (phase: CheckReport["phase"]) => deciding.find((one) => one.phase === phase);
  const [failed, running] = [first("Failed"), first("Running")];
  const [error, doubt] = [first("Error"), first("Inconclusive")];
  if (failed !== undefined) return { kind: "failed", reason: "CHECK_FAILED", detail: describe(failed) };
  if (running !== undefined) return { kind: "running", detail: describe(running) };
  if (error !== undefined) return { kind: "error", reason: "CHECK_ERROR", detail: describe(error) };
  if (doubt !== undefined) {
    return { kind: "inconclusive", reason: "CHECK_INCONCLUSIVE", detail: describe(doubt) };
  }
  return {
    kind: "passed",
    detail: `${deciding.length} ${deciding.length === 1 ? "check" : "checks"} passed`,
  };
}

/** One line of one check: what was measured last, of its decisive kind where it has ended. */
export function describe({ name, phase, measurements }: CheckReport): string {
  const decisive = measurements.findLast((one) => one.phase === phase) ?? measurements.at(-1);
  return printable(`check ${name}: ${decisive?.detail ?? "not measured yet"}`, 500);
}
