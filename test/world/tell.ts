/** One story for people: what was planned, what each process said, what Git holds, what the oracle found. */

import type { Attempt } from "./attempt.ts";
import type { Judged } from "./seed.ts";
import type { Lived } from "./simulate.ts";

export function tell({ lived, mistakes }: Judged): readonly string[] {
  const { runs, faults, ...world } = lived.story;
  const valuesAt = (index: number) =>
    lived.views
      .flatMap(({ git }) => git.history[index]?.values ?? [])
      .map(({ version, percent }) => `${version} ${percent}`);
  return [
    JSON.stringify(world),
    ...faults.map((fault) => `fault: ${JSON.stringify(fault)}`),
    ...runs.map((run) => `run: ${JSON.stringify(run)}`),
    ...lived.attempts.flatMap((attempt) => tellAttempt(lived, attempt)),
    "",
    ...lived.git.history.map(
      ({ at, by, commit, message }, index) =>
        `${clock(lived, at)} ${by} ${commit.slice(0, 10)} ${valuesAt(index).join(", ")} ${message.split("\n")[0]}`,
    ),
    ...lived.views.flatMap(({ truth }) =>
      truth
        .reigns(Number.POSITIVE_INFINITY)
        .map(({ revision, since }) => `${clock(lived, since)} all requests go to ${revision}`),
    ),
    ...(mistakes.length === 0
      ? ["the oracle agrees"]
      : mistakes.map(({ kind, detail }) => `WRONG: ${kind}: ${detail}`)),
  ];
}

function tellAttempt(lived: Lived, attempt: Attempt): readonly string[] {
  const { plan, number, startedAt, endedAt, felt, log, ending, killed } = attempt;
  const end = ending?.report ?? (killed ? "killed" : "hung");
  return [
    "",
    `${plan.id} (${plan.action}), attempt ${number}, ${clock(lived, startedAt)}–${clock(lived, endedAt)}, felt ${[...felt].join(", ") || "nothing"}`,
    ...log.lines.map((line) => `  ${line}`),
    ...end.split("\n").map((line) => `  ${line}`),
  ];
}

/** Seconds since the world began. */
function clock({ truth }: Lived, at: number): string {
  return `${((at - truth.at(0).at) / 1000).toFixed(1)} s`;
}
