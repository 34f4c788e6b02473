/** A run about several models as a whole: one outcome for all of them, told as it is, and one commit for all or none. */
import type { Recovery, RunState, Trouble } from "../../../src/core/run-state.ts";
import { type Outcome, type ReasonId, reasons } from "../../../src/errors/catalogue.ts";
import type { Attempt } from "../attempt.ts";
import { models as known } from "../course.ts";
import { seenBy } from "../setting.ts";
import type { Lived } from "../simulate.ts";
import { soleOf } from "../truth.ts";
import { claimOf, decides, isOf, type Mistake, type Model, seenUntil } from "./evidence.ts";

/** Every model of a state, in its order. */
export function modelsIn({ also = [], ...first }: Omit<RunState, "recovery">): readonly Model[] {
  return [first, ...also];
}

/** Why a model is not proven. Undefined: it is. */
export function troubleOf({ rollout, verdict }: Model): Trouble | undefined {
  if (rollout?.trouble !== undefined) return rollout.trouble;
  if (rollout?.cutOverAt === undefined) return { reason: "STEP_MISSING", evidence: "await" };
  if (verdict?.trouble !== undefined) return verdict.trouble;
  return verdict?.summary === undefined ? { reason: "STEP_MISSING", evidence: "verify" } : undefined;
}

/** The same world as the model has it that a part of a state is about. */
export function worldOf(lived: Lived, { service }: Pick<Model, "service">): Lived {
  return seenBy(
    lived,
    known.findIndex(({ name }) => name === service.name),
  );
}

export function mistakesInWhole(lived: Lived, attempt: Attempt): readonly Mistake[] {
  const { state } = attempt.ending ?? {};
  const { models = [0] } = attempt.plan;
  if (state === undefined || models.length === 1) return [];
  const wanted = models.map((place) => known[place]?.name).join(", ");
  const held = modelsIn(state)
    .map(({ service }) => service.name)
    .join(", ");
  if (wanted !== held) return [{ kind: "half-done", detail: `about ${wanted}, the state holds ${held}` }];
  return [
    ...wrongOutcome(attempt, state),
    ...wrongCommit(lived, attempt, state),
    ...wrongUndoing(lived, attempt, state),
    ...wrongResults(lived, attempt, state),
    ...untold(attempt, state),
  ];
}

interface End {
  readonly name: string;
  readonly trouble: Trouble | undefined;
  readonly outcome: Outcome | "proven";
}

function endsOf(state: RunState): readonly End[] {
  return modelsIn(state).map((model) => {
    const trouble = troubleOf(model);
    const outcome = trouble === undefined ? "proven" : reasons[trouble.reason].outcome;
    return { name: nameOf(model), trouble, outcome };
  });
}

function nameOf({ service }: Pick<Model, "service">): string {
  return `${service.namespace}/${service.name}`;
}

function wrongOutcome({ ending }: Attempt, state: RunState): readonly Mistake[] {
  if (ending === undefined) return [];
  const { outcome, reason, evidence } = ending.settlement;
  const ends = endsOf(state);
  const told = ends.map(({ name, trouble }) => `${name} ${trouble?.reason ?? "proven"}`).join(", ");
  const wrong = (kind: Mistake["kind"]) => [
    { kind, detail: `${outcome} ${reason}, of ${told}: ${evidence}` },
  ];
  const unproven = ends.filter(({ trouble }) => trouble !== undefined);
  if (isOk(reason)) {
    const unchanged = modelsIn(state).every(({ mutation }) => mutation.kind === "unchanged");
    if (unproven.length > 0) return wrong("false PASS");
    return (outcome === "UNCHANGED") === unchanged ? [] : wrong("wrong cause");
  }
  const failed = ends.some((end) => end.outcome === "FAIL");
  if (failed !== (outcome === "FAIL")) return wrong(failed ? "wrong cause" : "false FAIL");
  const deciding = unproven.filter((end) => end.outcome === outcome);
  const isTheirs = deciding.some(({ trouble }) => trouble?.reason === reason);
  return isTheirs && deciding.every(({ name }) => evidence.includes(name)) ? [] : wrong("wrong cause");
}

function isOk(reason: ReasonId): boolean {
  return reasons[reason].class === "ok";
}

/** One commit holds all that a run changes, and each model's part of the state says whether it is in it. */
function wrongCommit(
  lived: Lived,
  { plan, startedAt, endedAt }: Attempt,
  state: RunState,
): readonly Mistake[] {
  const commits = new Set<string>();
  const mistakes = modelsIn(state).flatMap((model): readonly Mistake[] => {
    const { history } = worldOf(lived, model).git;
    const own = history.filter((record) => isOf(record, plan.id, plan.action));
    const made = own.filter(({ at }) => at >= startedAt && at <= endedAt);
    for (const { commit } of made) commits.add(commit);
    const { kind, commit } = model.mutation;
    const is = `${nameOf(model)} is told as ${kind}`;
    if (kind === "unchanged") {
      return made.length === 0 ? [] : [{ kind: "half-done", detail: `${is}, and this run changed it` }];
    }
    if (own.some((record) => record.commit === commit)) return [];
    return [{ kind: "half-done", detail: `${is}, and is in no commit of this run` }];
  });
  if (commits.size <= 1) return mistakes;
  return [...mistakes, { kind: "half-done", detail: `${commits.size} commits in the place of one` }];
}

/** An automatic rollback takes back what this run changed, all of it, and tells which it could not. */
function wrongUndoing(lived: Lived, attempt: Attempt, state: RunState): readonly Mistake[] {
  const { recovery } = state;
  if (recovery === undefined) return [];
  const changed = modelsIn(state).filter(({ mutation }) => mutation.kind !== "unchanged");
  const back = recovery.run === undefined ? [] : modelsIn(recovery.run);
  const mistakes: Mistake[] = [];
  if (!changed.some((model) => reasons[troubleOf(model)?.reason ?? "CUT_OVER_PROVEN"].outcome === "FAIL")) {
    mistakes.push({ kind: "false rollback", detail: "no model that this run changed had failed" });
  }
  for (const model of back) {
    if (changed.some(({ service }) => service.name === model.service.name)) continue;
    mistakes.push({ kind: "false rollback", detail: `${nameOf(model)} was not changed by this run` });
  }
  for (const model of changed) {
    const wrong = leftAlone(lived, attempt, recovery, model);
    if (wrong !== undefined) mistakes.push({ kind: "half-done", detail: `${nameOf(model)} ${wrong}` });
  }
  return mistakes;
}

function leftAlone(
  lived: Lived,
  { plan, startedAt, endedAt }: Attempt,
  { run, trouble }: Recovery,
  model: Model,
): string | undefined {
  const isBack =
    run !== undefined && modelsIn(run).some(({ service }) => service.name === model.service.name);
  const { history } = worldOf(lived, model).git;
  const made = history.some(
    ({ at, ...record }) => at >= startedAt && at <= endedAt && isOf({ at, ...record }, plan.id, "rollback"),
  );
  if (isBack) return undefined;
  // Whether a push arrived nobody can tell there.
  if (made && trouble?.reason !== "GIT_UNREACHABLE") return "was rolled back, and nothing says so";
  if (trouble === undefined) return "was not rolled back, and nothing says so";
  const last = history.findLast((record, index) => record.at <= endedAt && decides(history, index));
  if (trouble.reason === "NOT_THE_RUNS_CHANGE" && last !== undefined && isOf(last, plan.id, "promote")) {
    return "was not rolled back, and nobody had changed it";
  }
  return run === undefined || trouble.evidence.includes(nameOf(model))
    ? undefined
    : `was not rolled back, and what is told is: ${trouble.evidence}`;
}

/** Of each model the revision that had its requests in the end, as far as the run saw that. */
function wrongResults(lived: Lived, attempt: Attempt, state: RunState): readonly Mistake[] {
  const told = attempt.ending?.results["active-revision"].split(",") ?? [];
  const models = modelsIn(state);
  if (told.length !== models.length) {
    return [{ kind: "half-done", detail: `${models.length} models, active are ${told.join(",")}` }];
  }
  const { recovery } = state;
  const undone = recovery?.run === undefined ? [] : modelsIn(recovery.run);
  return models.flatMap((model, index): readonly Mistake[] => {
    const back = undone.find(({ service }) => service.name === model.service.name);
    const last = back?.rollout?.cutOverAt === undefined ? model : back;
    const { cutOverAt } = last.rollout ?? {};
    if (cutOverAt === undefined) return [];
    const world = worldOf(lived, model);
    const moments = [
      ...seenUntil(claimOf(world, attempt, last), cutOverAt),
      ...world.truth.between(cutOverAt, attempt.endedAt),
    ];
    if (moments.some(({ split }) => soleOf(split) === told[index])) return [];
    return [{ kind: "half-done", detail: `${nameOf(model)}: ${told[index]} is said to be active` }];
  });
}

/** Both reports tell each model, and how it ended. */
function untold({ ending }: Attempt, state: RunState): readonly Mistake[] {
  const lines = ending?.report.split("\n") ?? [];
  const json = JSON.parse(lines.at(-1) ?? "{}");
  // What broke off tells what it broke off with.
  if (json.service === undefined) return [];
  return endsOf(state).flatMap(({ name, trouble }, index): readonly Mistake[] => {
    const tells = (text: string) =>
      trouble === undefined ? / (PASS|UNCHANGED) /.test(text) : text.includes(` ${trouble.reason}`);
    const end = trouble?.reason ?? "proven";
    const { service, outcome, reason } = json.models[index];
    const isTold = lines.slice(0, -1).some((line) => line.includes(` ${name} →`) && tells(line));
    const inJson = `${service.namespace}/${service.name}` === name && tells(` ${outcome} ${reason}`);
    if (isTold && inJson) return [];
    const where = isTold ? "JSON" : "text";
    return [{ kind: "wrong cause", detail: `the ${where} does not tell ${name}: ${end}` }];
  });
}
