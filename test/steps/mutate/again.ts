/**
 * What each action comes to in each state, by what Git holds and by who put it there. Written from KServe's rules (the end
 * states S0–S23 and the readings T1–T6 that mislead), not from what the code answers.
 */
import type { Action } from "../../../src/core/intent.ts";
import {
  type Deployed,
  falseReadings,
  r23,
  r24,
  serviceIn,
  stateNames,
  worldIn,
  worldOf,
} from "../../core/states.ts";

/**
 * `other`: Git holds another value, so a commit is due: `commits 24 over 23` (all traffic to 00024, 00023 the other
 * colour; `none`: no name is known beforehand) or `refused REASON …`, the first one deciding.
 *
 * `run` and `hand`: Git holds the wanted value already, so nothing may be committed, and the whole chain is to be proven:
 * `24 over 23: done`, or the link that it waits for, or `FAILS REASON`. `run` begins with the trailers of the last commit
 * (`promote 23→24`), whose run may be this very one or another; `–`: no run makes such a commit in this state. `hand`: the
 * last commit has no trailers, be it that a run had made the same change before.
 *
 * Where somebody put another value there after a run's commit, the retry of that run ends as SUPERSEDED, and every other run
 * goes by `other`'s rules: the same in all rows, so it has no column.
 *
 * A `stage` is of the version that Git holds at percent 0, else (and for `other`) of the one after the newest.
 */
export interface Row {
  readonly other: string;
  readonly run: string;
  readonly hand: string;
}

/** `git`: what the file held, the oldest first (`v1/-`: no percent), up to what the cluster shows. 00023 runs v1, and so on. */
export type State = { readonly git: string } & Readonly<Record<Action, Row>>;

const staged = "v1/- v2/0";
const promoted = "v1/- v2/0 v2/100";
const back = "v1/- v2/0 v2/100 v2/0";

function row(other: string, run: string, hand: string): Row {
  return { other, run, hand };
}

const greenIsPending: State = {
  git: staged,
  stage: row("commits 23", "stage 23 | 23: revision", "23: revision"),
  promote: row("refused GREEN_NOT_READY NOTHING_STAGED", "promote 23→24 | 24 over 23: edit", "24: edit"),
  rollback: row("commits 23 over 24", "stage 23 | 23: done", "23 over 24: done"),
};
const greenIsStaged: State = {
  git: staged,
  stage: row("commits 23", "stage 23 | 23: done", "23: done"),
  promote: row("commits 24 over 23", "promote 23→24 | 24 over 23: edit", "24: edit"),
  rollback: row("commits 23 over 24", "stage 23 | 23: done", "23 over 24: done"),
};
const greenIsLive: State = {
  git: promoted,
  stage: row("commits 24", "stage 24 | 24: edit", "24: edit"),
  promote: row("refused NOTHING_STAGED", "promote 23→24 | 24 over 23: done", "24: done"),
  rollback: row("commits 23 over 24", "rollback 24→23 | 23 over 24: edit", "23 over 24: edit"),
};
/** KServe takes it for 100. */
const percentRemoved = (git: string): State => ({
  ...greenIsLive,
  git,
  promote: row("refused NOTHING_STAGED", "promote 23→24 | 24 over 23: edit", "24: edit"),
});

export const states: Readonly<Record<string, State>> = {
  S0: {
    git: "v1/-",
    stage: row("commits none", "stage | none: edit", "none: edit"),
    promote: row("refused GREEN_NOT_READY NOTHING_STAGED", "–", "23: edit"),
    rollback: row("refused NO_PREVIOUS_REVISION", "–", "23: edit"),
  },
  S1: {
    git: "v1/-",
    stage: row("commits 23", "stage 23 | 23: edit", "23: edit"),
    promote: row("refused NOTHING_STAGED", "–", "23: edit"),
    rollback: row("refused NO_PREVIOUS_REVISION", "–", "23: edit"),
  },
  S2: greenIsPending,
  S3: greenIsStaged,
  S4: {
    git: "v1/- v2/0 v2/20",
    stage: row("commits 23", "stage 23 | 23: edit", "23: edit"),
    promote: row("commits 24 over 23", "promote 23→24 | 24 over 23: edit", "24: edit"),
    rollback: row("commits 23 over 24", "rollback 24→23 | 23 over 24: edit", "23 over 24: edit"),
  },
  S5: greenIsLive,
  // The same as S3 but for what is remembered: a stage of that version is there, and no second step back is taken.
  S6: {
    git: back,
    stage: row("commits 23", "rollback 24→23 | 23: done", "23: done"),
    promote: row("commits 24 over 23", "promote 23→24 | 24 over 23: edit", "24: edit"),
    rollback: row("commits 23 over 24", "rollback 24→23 | 23 over 24: done", "23 over 24: done"),
  },
  S7: { ...greenIsLive, git: `${back} v2/100` },
  S8: {
    git: `${back} v3/0`,
    stage: row("commits 23", "stage 23 | 23: revision", "23: revision"),
    promote: row("refused GREEN_NOT_READY", "promote 23→25 | 25 over 23: edit", "25: edit"),
    rollback: row("commits 23 over 25", "stage 23 | 23: done", "23 over 25: done"),
  },
  S9: {
    git: `${back} v3/0`,
    stage: row("commits 23", "stage 23 | 23: done", "23: done"),
    promote: row("commits 25 over 23", "promote 23→25 | 25 over 23: edit", "25: edit"),
    rollback: row("commits 23 over 25", "stage 23 | 23: done", "23 over 25: done"),
  },
  S10: {
    git: `${promoted} v3/100`,
    stage: row("commits 24", "stage 24 | 24: edit", "24: edit"),
    promote: row(
      "refused GREEN_NOT_READY NOTHING_STAGED",
      "promote 24→25 | 25 over 24: traffic",
      "25: traffic",
    ),
    rollback: row("commits 24 over 25", "rollback 25→24 | 24 over 25: edit", "24 over 25: edit"),
  },
  S11: {
    git: `${promoted} v3/100`,
    stage: row("commits 25", "stage 25 | 25: edit", "25: edit"),
    promote: row("refused NOTHING_STAGED", "promote 24→25 | 25 over 24: done", "25: done"),
    rollback: row("commits 24 over 25", "rollback 25→24 | 24 over 25: edit", "24 over 25: edit"),
  },
  S12: {
    git: `${promoted} v3/0`,
    stage: row("commits 24", "stage 24 | 24: revision", "24: revision"),
    promote: row("refused GREEN_NOT_READY NOTHING_STAGED", "promote 24→25 | 25 over 24: edit", "25: edit"),
    rollback: row("commits 24 over 25", "stage 24 | 24: done", "24 over 25: done"),
  },
  S13: {
    git: `${promoted} v3/0`,
    stage: row("commits 24", "stage 24 | 24: done", "24: done"),
    promote: row("commits 25 over 24", "promote 24→25 | 25 over 24: edit", "25: edit"),
    rollback: row("commits 24 over 25", "stage 24 | 24: done", "24 over 25: done"),
  },
  S14: {
    git: `${promoted} v3/0`,
    stage: row("commits 24", "stage 24 | 24: revision", "24: revision"),
    promote: row("refused GREEN_NOT_READY NOTHING_STAGED", "promote 24→25 | 25 over 24: edit", "25: edit"),
    rollback: row("commits 24 over 25", "stage 24 | 24: done", "24 over 25: done"),
  },
  S15: percentRemoved(`${promoted} v2/-`),
  S16: percentRemoved(`${back} v2/-`),
  S17: percentRemoved(`${staged} v2/-`),
  // The first revision takes everything, whatever the percent says: there is no blue to be named.
  S18: {
    git: "v1/0",
    stage: row("commits none", "stage | none: revision", "none: revision"),
    promote: row("refused GREEN_NOT_READY NOTHING_STAGED", "–", "23: edit"),
    rollback: row("refused NO_PREVIOUS_REVISION", "stage | 23: traffic", "23: traffic"),
  },
  S19: {
    git: "v1/0",
    stage: row("commits 23", "stage | none: done", "none: done"),
    promote: row("refused NOTHING_STAGED", "–", "23: edit"),
    rollback: row("refused NO_PREVIOUS_REVISION", "stage | 23: done", "23: done"),
  },
  S21: greenIsPending,
  S22: greenIsStaged,
  S23: greenIsLive,

  // A rollback on its way: while blue cannot be seen to serve nothing is promoted, and nothing staged.
  T1: rollbackUnderWay("traffic"),
  T2: rollbackUnderWay("traffic"),
  T4: rollbackUnderWay("traffic"),
  // In force, but nothing answers: the same names, and a pod is waited for.
  T6: {
    ...rollbackUnderWay("pod"),
    stage: row("commits 23", "rollback 24→23 | 23: pod", "23: pod"),
    promote: row("commits 24 over 23", "promote 23→24 | 24 over 23: edit", "24: edit"),
  },
  T3: {
    git: promoted,
    stage: row("commits 23", "stage 23 | 23: edit", "23: edit"),
    promote: row(
      "refused GREEN_NOT_READY NOTHING_STAGED",
      "promote 23→24 | 24 over 23: traffic",
      "24: traffic",
    ),
    rollback: row("commits 23 over 24", "rollback 24→23 | 23 over 24: edit", "23 over 24: edit"),
  },
  // v2, which nobody approved, has everything. KServe remembers it as what percent 0 leaves live; Git knows that v1 was.
  T3b: {
    git: `${staged} v3/0 v3/100`,
    stage: row("commits 24", "stage 24 | 24: edit", "24: edit"),
    promote: row(
      "refused GREEN_NOT_READY NOTHING_STAGED",
      "promote 23→25 | 25 over 23: FAILS WRONG_REVISION",
      "25: traffic",
    ),
    rollback: row("commits 23", "rollback →23 | 23: edit", "23: edit"),
  },
  "T3b at 0": {
    git: `${staged} v3/0 v3/100 v3/0`,
    stage: row("commits 24", "rollback →23 | 23: FAILS WRONG_BLUE", "23: FAILS WRONG_BLUE"),
    promote: row("refused GREEN_NOT_READY NOTHING_STAGED", "promote 23→25 | 25 over 23: edit", "25: edit"),
    rollback: row("commits 23", "rollback →23 | 23: FAILS WRONG_BLUE", "23: FAILS WRONG_BLUE"),
  },
  // v1 is live, v2 was. Whoever stages or promotes anew finds v1 live; whoever wants to keep what was live does not.
  T5: {
    git: `${promoted} v3/0`,
    stage: row("commits 23", "stage 24 | 24: FAILS WRONG_BLUE", "24: FAILS WRONG_BLUE"),
    promote: row("commits 25 over 23", "promote 23→25 | 25 over 23: edit", "25: edit"),
    rollback: row("commits 24", "stage 24 | 24: FAILS WRONG_BLUE", "24: FAILS WRONG_BLUE"),
  },
};

function rollbackUnderWay(link: string): State {
  return {
    git: back,
    stage: row("refused SPLIT_NOT_SETTLED", `rollback 24→23 | 23: ${link}`, `23: ${link}`),
    promote: row("refused NOTHING_STAGED", "promote 23→24 | 24 over 23: edit", "24: edit"),
    rollback: row("commits 23 over 24", `rollback 24→23 | 23 over 24: ${link}`, `23 over 24: ${link}`),
  };
}

/** The cluster in a state. Revisions that were ready once stay so, also without pods. */
export function worldOfState(name: string): Deployed {
  const world = rawWorld(name);
  const { latestReady = "" } = world.service;
  const isReady = (revision: string) => (revision <= latestReady ? "True" : "Unknown");
  const revisions = world.revisions.map((each) => ({
    ...each,
    ready: { status: isReady(each.name) } as const,
  }));
  return { ...world, revisions };
}

function rawWorld(name: string): Deployed {
  if (stateNames.includes(name)) return worldIn(name);
  if (name === "T6") return worldOf(serviceIn("S6"), [r24]);
  if (name !== "T3b at 0") return falseReadings[name as keyof typeof falseReadings];
  const traffic = [
    { revision: r24, percent: 0, latest: true },
    { revision: r24, percent: 100, latest: false, tag: "prev" },
  ];
  return worldOf({ ...falseReadings.T3b.service, specPercent: 0, traffic }, [r23, r24]);
}
