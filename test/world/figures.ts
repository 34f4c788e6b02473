/** Figures over many stories. */
import type { Outcome } from "../../src/errors/catalogue.ts";
import type { Attempt } from "./attempt.ts";
import { extrasIn } from "./extra.ts";
import { type FaultKind, faultKinds, phases } from "./faults.ts";
import type { Mistake } from "./oracle/evidence.ts";
import type { Mood } from "./plan.ts";
import { type Judged, replayHint } from "./seed.ts";

export const mistakeKinds: readonly Mistake["kind"][] = [
  "false PASS",
  "false FAIL",
  "false rollback",
  "lost commit",
  "doubled commit",
  "half-done",
  "hang",
  "secret shown",
  "unexplained exit",
  "wrong cause",
];

/** Faults that last must leave a run this often without its end, at most; in calm worlds never. */
export interface Liveness {
  readonly owed: number;
  readonly passed: number;
  /** How the others ended, each with its seed. */
  readonly others: readonly string[];
}

export interface Figures {
  readonly add: (judged: Judged) => void;
  readonly mistakes: readonly string[];
  readonly met: ReadonlyMap<string, number>;
  liveness(mood: Mood): Liveness;
  table(): readonly string[];
}

export function createFigures(): Figures {
  const mistakes: { readonly kind: Mistake["kind"]; readonly line: string }[] = [];
  const met = new Map<string, number>();
  const outcomes = new Map<string, number>();
  const inconclusive = new Map<string, number>();
  const lively = new Map<Mood, { owed: number; passed: number; others: string[] }>();
  const twists = new Map<string, number>();
  let [stories, runs, attempts, faults, rollbacks] = [0, 0, 0, 0, 0];

  function noteAttempt(attempt: Attempt): void {
    attempts += 1;
    count(outcomes, outcomeOf(attempt));
    const { settlement, state } = attempt.ending ?? {};
    if (state?.recovery !== undefined) rollbacks += 1;
    if (settlement?.outcome === "INCONCLUSIVE") count(inconclusive, settlement.reason);
  }
  function noteLiveness({ seed, lived: { story, attempts: all } }: Judged): void {
    if (story.perSecond === 0 && story.probe === undefined) return;
    const tally = lively.get(story.mood) ?? { owed: 0, passed: 0, others: [] };
    lively.set(story.mood, tally);
    for (const last of lastAttempts(all)) {
      tally.owed += 1;
      if (isProven(last)) tally.passed += 1;
      else {
        const reason = last.ending?.settlement.reason ?? outcomeOf(last);
        tally.others.push(`${reason} (seed ${seed}, ${last.plan.id})`);
      }
    }
  }
  const liveness = (mood: Mood) => lively.get(mood) ?? { owed: 0, passed: 0, others: [] };
  const share = ({ owed, passed }: Liveness) =>
    `${passed} of ${owed} (${owed === 0 ? "–" : ((100 * passed) / owed).toFixed(2)} %)`;
  return {
    add(judged) {
      const { seed, lived } = judged;
      stories += 1;
      runs += lived.story.runs.length;
      if (lived.story.twist !== undefined) count(twists, lived.story.twist);
      for (const extra of extrasIn(lived.story)) count(twists, extra);
      faults += lived.story.faults.length;
      for (const attempt of lived.attempts) noteAttempt(attempt);
      for (const [key, times] of lived.met) met.set(key, (met.get(key) ?? 0) + times);
      for (const { kind, detail } of judged.mistakes) {
        mistakes.push({ kind, line: `${kind}: ${detail}; replay: ${replayHint(seed)}` });
      }
      noteLiveness(judged);
    },
    get mistakes() {
      return mistakes.map(({ line }) => line);
    },
    met,
    liveness,
    table: () => [
      `${stories} seeds: ${runs} runs in ${attempts} processes, ${faults} faults, ${rollbacks} automatic rollbacks`,
      `stories with: ${listed(twists)}`,
      `how processes ended: ${listed(outcomes)}`,
      ...mistakeKinds.map(
        (kind) => `${kind.padEnd(18)} ${mistakes.filter((one) => one.kind === kind).length}`,
      ),
      `PASS where nothing went wrong:        ${share(liveness("calm"))}`,
      ...tallied(liveness("calm").others),
      `PASS where what went wrong passed:    ${share(liveness("healing"))}`,
      ...tallied(liveness("healing").others),
      `INCONCLUSIVE, of all processes:       ${listed(inconclusive, attempts)}`,
      "",
      ...metTable(met),
      ...mistakes.slice(0, 20).map(({ line }) => `WRONG: ${line}`),
    ],
  };
}

/** The one that counts of each run. */
function lastAttempts(all: readonly Attempt[]): readonly Attempt[] {
  return all.filter((attempt) => all.findLast(({ plan }) => plan === attempt.plan) === attempt);
}

function isProven({ ending }: Attempt): boolean {
  return ending?.settlement.outcome === "PASS" || ending?.settlement.outcome === "UNCHANGED";
}

function tallied(others: readonly string[]): readonly string[] {
  const causes = new Map<string, string[]>();
  for (const other of others) {
    const [, reason = "", where = ""] = /^(\S+) \((.*)\)$/.exec(other) ?? [];
    causes.set(reason, [...(causes.get(reason) ?? []), where]);
  }
  return [...causes]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(
      ([reason, where]) => `  ${`${where.length}`.padStart(5)} ${reason}: ${where.slice(0, 3).join("; ")}`,
    );
}

function outcomeOf({ ending, hung }: Attempt): Outcome | "killed" | "hung" {
  return ending?.settlement.outcome ?? (hung ? "hung" : "killed");
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function listed(counts: ReadonlyMap<string, number>, total?: number): string {
  const share = (times: number) => (total === undefined ? "" : ` (${((100 * times) / total).toFixed(2)} %)`);
  const all = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([key, times]) => `${key} ${times}${share(times)}`);
  return all.join(", ") || "none";
}

function metTable(met: ReadonlyMap<string, number>): readonly string[] {
  const row = (name: string, cells: readonly (string | number)[]) =>
    `${name.padEnd(28)}${cells.map((cell) => `${cell}`.padStart(8)).join("")}`;
  const cells = (kind: FaultKind) => phases.map((phase) => met.get(`${kind} ${phase}`) ?? 0);
  return [row("fault met in", phases), ...faultKinds.map((kind) => row(kind, cells(kind)))];
}
