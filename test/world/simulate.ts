/** Lives a story through and keeps what happened, for the oracle. */

import { defaultPolicy } from "../../src/core/checks/plan.ts";
import { reasons } from "../../src/errors/catalogue.ts";
import { readChecks } from "../../src/steps/verify/checks.ts";
import { loadGrammar } from "../../src/steps/verify/grammar.ts";
import { loadQueryLook } from "../../src/steps/verify/looking.ts";
import { createRandom } from "../bench/cutovers/random.ts";
import { createStore } from "../sandbox/api/store.ts";
import { createControllers } from "../sandbox/cluster/controllers.ts";
import { DEFAULT_LATENCY_MS } from "../sandbox/cluster/driver.ts";
import { setFaults } from "../sandbox/cluster/faults.ts";
import { startActors } from "./actors.ts";
import type { Attempt, Meet } from "./attempt.ts";
import { application, models, versionOf } from "./course.ts";
import { createFaults } from "./faults.ts";
import { createRepository } from "./git.ts";
import { startLane } from "./lane.ts";
import type { CheckOrder, Ruin, Start, Story } from "./plan.ts";
import { startPrometheus } from "./prometheus.ts";
import { type Setting, seenBy, type View } from "./setting.ts";
import { createTime } from "./time.ts";
import { startTraffic } from "./traffic.ts";
import { observe } from "./truth.ts";

export interface Lived extends Setting {
  readonly attempts: readonly Attempt[];
  /** `fault phase`: how often a run met that fault in that step. */
  readonly met: ReadonlyMap<string, number>;
}

/** By which factor; all alike where it is to pass, for out of step they bring the wrong blue. */
const slowness = { calm: [1, 1], healing: [20, 20], rough: [5, 60] } as const satisfies Record<
  Story["mood"],
  readonly [number, number]
>;
export async function simulate(story: Story): Promise<Lived> {
  const setting = await createSetting(story);
  const { time } = setting;
  const attempts: Attempt[] = [];
  const met = new Map<string, number>();
  const onMet: Meet = (kind, phase) => {
    const key = `${kind} ${phase}`;
    met.set(key, (met.get(key) ?? 0) + 1);
  };
  for (const [index, plan] of story.runs.entries()) {
    if (plan.besides || (plan.gated && !hasPassed(attempts.at(-1)))) continue;
    await time.run(() => false, time.now() + plan.afterMs);
    const lanes = [startLane(setting, index, 0, { attempts, onMet })];
    for (const [next, { besides, afterMs }] of story.runs.entries()) {
      if (next === index + 1 && besides) lanes.push(startLane(setting, next, afterMs, { attempts, onMet }));
    }
    await time.run(() => lanes.map((isDone) => isDone()).every(Boolean), Number.POSITIVE_INFINITY);
  }
  for (const { traffic } of setting.views) traffic.flush();
  time.stop();
  return { ...setting, attempts, met };
}

function hasPassed(last: Attempt | undefined): boolean {
  const reason = last?.ending?.settlement.reason;
  return reason !== undefined && reasons[reason].class === "ok";
}

async function createSetting(story: Story): Promise<Setting> {
  const { seed, pace, minReplicas, argocd } = story;
  const here = story.second === undefined ? models.slice(0, 1) : models;
  const time = createTime(1_700_000_000_000);
  const store = createStore({ now: time.now, keptEvents: 1 });
  const faults = createFaults(time);
  const delays = createRandom(seed * 31 + 1);
  const controllers = createControllers({
    argocdPollMs: argocd.pollMs,
    argocdWebhook: argocd.webhook,
    urlScheme: story.probe === undefined ? "http" : "https",
  });
  startActors(time, store, controllers, (controller) => {
    const [least, most] = faults.active("slow-controllers") ? slowness[story.mood] : [1, 1];
    return (DEFAULT_LATENCY_MS[controller] ?? 0) * delays.between(...pace) * delays.between(least, most);
  });
  const watched = here.map((model) => ({
    model,
    truth: observe(time, store, model),
    traffic: startTraffic({ time, store, faults, model }, createRandom(seed * 31 + 2 + 10 * model.index), {
      perSecond: story.perSecond,
      scalesToZero: minReplicas === 0,
      leakShare: story.leakShare,
    }),
  }));
  const prometheus = startPrometheus({ time, watched, faults }, createRandom(seed * 31 + 3), {
    intervalMs: story.scrapeMs,
    runtime: story.runtime,
    leftOpen: story.leftOpen,
    pollsPerSecond: story.pollsPerSecond,
    skew: story.skew,
  });
  const people =
    story.twist === "pull requests"
      ? { random: createRandom(seed * 31 + 4), kind: story.mood !== "rough" }
      : undefined;
  const repository = createRepository(
    { time, store, faults, models: here, minReplicas, tags: story.probe?.tags === true, people },
    { version: "v1", percent: 100, owner: "nobody" },
  );
  for (const model of here) store.put(application(model));
  const proof = await proofOf(story);
  const views = watched.map(
    (each): View => ({ ...each, git: repository.of[each.model.index] as View["git"] }),
  );
  const [first] = views as [View];
  const setting = { story, time, store, faults, repository, prometheus, proof, views, ...first };
  await prepare(setting);
  if (story.ruin !== undefined) await ruin(setting, story.ruin);
  return setting;
}

/** As people left each model before the first run. */
async function prepare(setting: Setting): Promise<void> {
  const { story, store, time } = setting;
  const starts = [story.start, story.second?.start ?? story.start];
  const all = setting.views.map(({ model }) => seenBy(setting, model.index));
  const those = (...some: readonly Start[]) =>
    all.filter(({ model }) => some.includes(starts[model.index] as Start));
  for (const each of all) await settleDown(each, 100, 1);
  const staged = those("staged", "promoted", "rolled back", "staged over");
  for (const { git, model } of staged) git.change({ version: versionOf(model, "v2"), percent: 0 });
  for (const each of staged) await settleDown(each, 0, 1, 2);
  const promoted = those("promoted", "rolled back");
  for (const { git } of promoted) git.change({ percent: 100 });
  for (const each of promoted) await settleDown(each, 100, 2);
  const back = those("rolled back");
  for (const { git } of back) git.change({ percent: 0 });
  for (const each of back) await settleDown(each, 0, 1);
  const over = those("staged over");
  if (over.length === 0) return;
  const broken = over.map(({ model }) => ({ match: versionOf(model, "v3"), kind: "never-ready" }) as const);
  setFaults(store, { models: broken });
  for (const { git, model } of over) git.change({ version: versionOf(model, "v3") });
  await time.run(() => false, time.now() + story.argocd.pollMs + 60_000);
}

/** Modules come from the disk, which takes no virtual time: what runs will load must be there before. */
async function proofOf({ query, checks }: Story): Promise<Setting["proof"]> {
  if (query === undefined && checks === undefined) return {};
  const { readVerdictQuery } = await loadQueryLook();
  await loadGrammar();
  return {
    // Its window, as a rule, makes the proof take longer; so it need not look as often.
    ...(query && { promql: await readVerdictQuery(query.text), intervalMs: query.everyMs ?? 5_000 }),
    ...(checks && { checks: { plans: await plansOf(checks), baselineSeconds: 60 } }),
  };
}

function plansOf({ text, count, failureLimit }: CheckOrder): ReturnType<typeof readChecks> {
  return readChecks(text, { ...defaultPolicy, count, failureLimit });
}

/** An admission webhook that delays a new revision: long enough for KServe to fall back to the wrong one. */
const slowAdmission = { revisionAdmissionDelayMs: 1_000 };

async function ruin({ time, store, git, story }: Setting, kind: Ruin): Promise<void> {
  if (kind === "crashing") setFaults(store, { models: [{ match: "v2", kind: "crash-loop" }] });
  else {
    setFaults(store, slowAdmission);
    git.change({ version: "v3", percent: 0 });
  }
  await time.run(() => false, time.now() + story.argocd.pollMs + 60_000);
  setFaults(store, { revisionAdmissionDelayMs: 0 });
}

/** Until a revision has everything at a percent, and the newest is ready; and a little more. */
async function settleDown(
  { time, truth, story, model }: Setting,
  percent: number,
  live: number,
  newest = live,
): Promise<void> {
  const name = (revision: number) => `${model.name}-predictor-0000${revision}`;
  const isThere = () => {
    const { split, service, revisions, serving } = truth.now();
    const ready =
      revisions.get(name(newest))?.ready === true && (story.minReplicas === 0 || serving.has(name(live)));
    return split.get(name(live)) === 100 && service?.percent === percent && ready;
  };
  const inForce = await time.run(isThere, time.now() + 600_000);
  if (!inForce) throw new Error(`${name(live)} was never live`);
  await time.run(() => false, time.now() + 30_000);
}
