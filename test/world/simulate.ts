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
import { application, modelName } from "./course.ts";
import { createFaults } from "./faults.ts";
import { createWorldGit } from "./git.ts";
import { startLane } from "./lane.ts";
import type { CheckOrder, Ruin, Story } from "./plan.ts";
import { startPrometheus } from "./prometheus.ts";
import type { Setting } from "./setting.ts";
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
  setting.traffic.flush();
  time.stop();
  return { ...setting, attempts, met };
}

function hasPassed(last: Attempt | undefined): boolean {
  const reason = last?.ending?.settlement.reason;
  return reason !== undefined && reasons[reason].class === "ok";
}

async function createSetting(story: Story): Promise<Setting> {
  const { seed, pace, minReplicas, argocd, start } = story;
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
  const truth = observe(time, store);
  const traffic = startTraffic({ time, store, faults }, createRandom(seed * 31 + 2), {
    perSecond: story.perSecond,
    scalesToZero: minReplicas === 0,
    leakShare: story.leakShare,
  });
  const prometheus = startPrometheus({ time, traffic, faults, truth }, createRandom(seed * 31 + 3), {
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
  const git = createWorldGit(
    { time, store, faults, minReplicas, tags: story.probe?.tags === true, people },
    { version: "v1", percent: 100, owner: "nobody" },
  );
  store.put(application());
  const proof = await proofOf(story);
  const setting = { story, time, store, faults, git, truth, traffic, prometheus, proof };
  await settleDown(setting, 100, 1);
  if (start !== "deployed") {
    git.change({ version: "v2", percent: 0 });
    await settleDown(setting, 0, 1, 2);
  }
  if (start === "promoted" || start === "rolled back") {
    git.change({ percent: 100 });
    await settleDown(setting, 100, 2);
  }
  if (start === "rolled back") {
    git.change({ percent: 0 });
    await settleDown(setting, 0, 1);
  }
  if (start === "staged over") {
    setFaults(store, { models: [{ match: "v3", kind: "never-ready" }] });
    git.change({ version: "v3" });
    await time.run(() => false, time.now() + argocd.pollMs + 60_000);
  }
  if (story.ruin !== undefined) await ruin(setting, story.ruin);
  return setting;
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
  { time, truth, story }: Setting,
  percent: number,
  live: number,
  newest = live,
): Promise<void> {
  const name = (revision: number) => `${modelName}-predictor-0000${revision}`;
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
