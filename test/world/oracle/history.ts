/** What the branch shows: each change once, nobody's work lost, no rollback over somebody else's decision. */
import type { Lived } from "../simulate.ts";
import { decides, isOf, type Mistake, trailerOf } from "./evidence.ts";

export function mistakesInHistory(lived: Lived): readonly Mistake[] {
  const { history } = lived.git;
  const lost = lived.git.lost().map((what): Mistake => ({ kind: "lost commit", detail: `${what} is gone` }));
  const seen = new Set<string>();
  const doubled = history.flatMap((record): readonly Mistake[] => {
    if (record.by !== "program" || trailerOf(record, "Bluegreen-Run") === undefined) return [];
    const key = `${trailerOf(record, "Bluegreen-Action")} of ${trailerOf(record, "Bluegreen-Run")}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ kind: "doubled commit", detail: key }];
  });
  return [...lost, ...doubled, ...wrongRollbacks(lived), ...overruled(lived)];
}

/** Whoever changes our values after a run has read them has the last word; the run must not write over it. */
function overruled({ attempts, git: { history }, story }: Lived): readonly Mistake[] {
  // What is merged is another person's decision.
  if (story.twist === "pull requests") return [];
  return attempts.flatMap(({ plan, startedAt, endedAt }) => {
    const own = history.find(
      ({ at, ...record }) =>
        at >= startedAt && at <= endedAt && isOf({ at, ...record }, plan.id, plan.action),
    );
    if (own === undefined) return [];
    const read = startedAt + story.slowestMs / 2;
    const theirs = history.find(
      (record, index) =>
        !isOf(record, plan.id) && record.at > read && index < history.indexOf(own) && decides(history, index),
    );
    if (theirs === undefined) return [];
    return [
      { kind: "lost commit", detail: `${plan.id} wrote over: ${theirs.message.split("\n")[0]}` } as const,
    ];
  });
}

/** An automatic rollback undoes its own run's promote, and only while that is the last word. */
function wrongRollbacks({ git: { history }, story }: Lived): readonly Mistake[] {
  return story.runs
    .filter(({ action }) => action === "promote")
    .flatMap(({ id }) => {
      const index = history.findIndex((record) => isOf(record, id, "rollback"));
      if (index < 0) return [];
      let last = index - 1;
      while (last > 0 && !decides(history, last)) last -= 1;
      const before = history[last];
      if (before !== undefined && isOf(before, id, "promote")) return [];
      return [
        {
          kind: "false rollback",
          detail: `${id} rolled back over: ${before?.message.split("\n")[0]}`,
        } as const,
      ];
    });
}
