/** What holds of every TaskRun, whatever it came to. */
import assert from "node:assert/strict";
import { exitCodes, type ReasonId, reasons } from "../../../src/errors/catalogue.ts";
import type { Task } from "./definitions.ts";
import type { TaskRunEnded } from "./taskrun.ts";

/** Every log of a run, for the message of an assertion. */
export function logsOf({ steps, message }: TaskRunEnded): string {
  return [...steps.map(({ name, exitCode, log }) => `--- ${name} (${exitCode})\n${log}`), message].join("\n");
}

/** All declared results are there, with this outcome, and small enough. Gives them back. */
export function assertOutcome(
  task: Task,
  ended: TaskRunEnded,
  outcome: string,
): Readonly<Record<string, string>> {
  const { results } = ended;
  const declared = (task.spec.results ?? []).map(({ name }) => name);
  assert.deepEqual(Object.keys(results).sort(), [...declared].sort(), logsOf(ended));
  assert.equal(results["outcome"], outcome, logsOf(ended));
  assert.ok(
    Buffer.byteLength(JSON.stringify(results)) < 1024,
    "results under 1 KB, as every step repeats them",
  );
  for (const value of Object.values(results)) assert.equal(value, value.trim(), "no line end");
  return results;
}

/** The run failed at `step` with the reason's own code, and the console explains it. */
export function assertFailure(task: Task, ended: TaskRunEnded, step: string, reason: ReasonId): void {
  const { outcome, class: exitClass } = reasons[reason];
  const code = exitCodes[exitClass];
  const results = assertOutcome(task, ended, outcome);
  assert.equal(results["reason"], reason, logsOf(ended));
  assert.equal(ended.succeeded, false);
  assert.equal(ended.message, `"step-${step}" exited with code ${code}: Error`);
  assertExplained(ended, reason);
}

/** The console's five lines hold what happened, the evidence, why, and what to do. */
export function assertExplained({ console = [] }: TaskRunEnded, reason: ReasonId): void {
  const { what, why, next } = reasons[reason];
  const text = console.join("\n");
  for (const part of [reason, what, why, next])
    assert.ok(text.includes(part), `${part}\nis not in:\n${text}`);
  assert.match(text, /Evidence: \S/);
}
