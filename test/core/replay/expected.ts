/**
 * What a run of bluegreen should have made of each recorded change: written down by hand from the recorder's notes, not
 * computed. Rows are the moments at which the recorder noted the state, in their order.
 */
import type { Action } from "../../../src/core/intent.ts";
import type { ReasonId } from "../../../src/errors/catalogue.ts";

export interface ExpectedRun {
  readonly action: Action;
  /** Number of the revision that shall have all the traffic; undefined: a first deployment. */
  readonly wanted: string | undefined;
  /** The decision at each row: `done`, `failed REASON`, `waiting link REASON`. */
  readonly rows: readonly string[];
  /** The decision after the last event before the next change. */
  readonly end: string;
  /** Why pre-flight refuses. The change was made all the same; the decision must stand without pre-flight too. */
  readonly refused: readonly ReasonId[];
}

/** `other`: a change that no run of bluegreen makes (a percent of its own, the key removed, a version at 100, …). */
export type ExpectedChange = ExpectedRun | "other";

const newRevision = "waiting revision ROLLOUT_TIMEOUT";
const notReady = "waiting ready ROLLOUT_TIMEOUT";
const noPod = "waiting pod ROLLOUT_TIMEOUT";
const noRoute = "waiting route ROLLOUT_TIMEOUT";

function run(
  action: Action,
  wanted: string | undefined,
  rows: readonly string[],
  end = rows.at(-1),
): ExpectedRun {
  return { action, wanted, rows, end: end ?? "", refused: [] };
}

function done(action: Action, wanted: string | undefined): ExpectedRun {
  return run(action, wanted, ["done"]);
}

/** Cycles of stage and promote, from the revision that is live at first. */
function cycles(live: number, count: number): readonly ExpectedRun[] {
  return Array.from({ length: count }, (_, cycle) => [
    done("stage", number(live + cycle)),
    done("promote", number(live + cycle + 1)),
  ]).flat();
}

/** With a slow admission eight of the eleven stages put a wrong blue live (T5): by the recorder's own verdicts. */
function slowCycles(): readonly ExpectedRun[] {
  const wrongBlue = [false, false, false, true, true, true, true, true, true, true, true];
  return wrongBlue.flatMap((wrong, cycle) => [
    run("stage", number(2 + cycle), [wrong ? "failed WRONG_BLUE" : "done"]),
    done("promote", number(3 + cycle)),
  ]);
}

function number(value: number): string {
  return String(value).padStart(5, "0");
}

/** By recording; a slim recording holds the same changes for each of its namespaces. */
export const expectedChanges: Readonly<Record<string, readonly ExpectedChange[]>> = {
  a: ["other"],
  b: [run("stage", "00001", [newRevision, "done", "done"])],
  c: ["other"],
  d: [run("promote", "00002", ["done", "done", "done"])],
  e: [run("rollback", "00001", ["done", "done", "done"])],
  e_repeat: Array.from({ length: 10 }, () => [done("rollback", "00001"), done("promote", "00002")]).flat(),
  f: [done("promote", "00002")],
  g: cycles(2, 15),
  "g_busy.slim": ["other", ...cycles(1, 19)],
  g_slow: slowCycles(),
  g_slow_setup: ["other", ...cycles(1, 1)],
  h: ["other"],
  i: [done("rollback", "00017"), done("stage", "00017"), done("promote", "00019")],
  j: [done("rollback", "00017"), "other"],
  k: [done("stage", undefined), done("stage", "00001"), done("promote", "00002")],
  l: [
    "other",
    run("stage", "00001", [newRevision]),
    // T3: the newest ready revision is blue itself.
    { ...run("promote", "00001", [notReady]), refused: ["GREEN_NOT_READY", "NOTHING_STAGED"] },
    done("rollback", "00001"),
    done("stage", "00001"),
  ],
  l_T3: [
    run("stage", "00001", [newRevision]),
    // T3b: 00003 was let in, and 00004 took over unattended.
    { ...run("promote", "00003", [notReady, "failed WRONG_REVISION"]), refused: ["GREEN_NOT_READY"] },
  ],
  l_long: ["other", run("stage", "00001", [newRevision])],
  m: [
    "other",
    done("stage", "00001"),
    // Green starts to crash after it was promoted.
    run("promote", "00002", ["done", noRoute]),
    // T4 that leaks: in force after 12.5 s, then the route's condition is False again although blue serves everything.
    run("rollback", "00001", ["waiting route ROLLBACK_BLOCKED", "done"]),
  ],
  m2: [
    run("promote", "00002", ["done"], noPod),
    run("rollback", "00001", ["waiting traffic ROLLBACK_BLOCKED"]),
    "other",
  ],
  n: [
    "other",
    run("stage", "00001", [newRevision, "done"]),
    "other",
    done("promote", "00002"),
    done("rollback", "00001"),
  ],
  n2: ["other", done("stage", "00001"), "other"],
  o: [
    "other",
    done("stage", "00001"),
    run("promote", "00002", ["done", "done"]),
    // T6: at this row blue answers already, but its pod's Ready condition comes a second later.
    run("rollback", "00001", [noPod], "done"),
  ],
  "storm.slim": ["other", ...cycles(1, 9)],
};
