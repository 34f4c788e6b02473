/**
 * Slow or stuck? A rollout gets on for as long as something happens in it that has not happened before, or a container
 * that it waits for is at work. What only repeats itself (a crash loop, a pull that is tried again) is no progress.
 */
import type { Expectation } from "../expectation.ts";
import type { ContainerReading, PodReading, World } from "../world.ts";
import { isBlocked, isCrashLooping } from "./containers.ts";
import { hangingPods } from "./revision.ts";
import { suspectsOf } from "./rollout.ts";

export interface Pace {
  /** All that has been seen so far, each thing once. */
  readonly facts: ReadonlySet<string>;
  /** Since when nothing new has happened and nothing was at work. Milliseconds since the epoch. */
  readonly stillSince: number;
}

/** `before`: the pace and the world that were seen until now; absent also where the API was away meanwhile. */
export function paced(
  before: { readonly pace: Pace; readonly world: World } | undefined,
  expected: Expectation,
  world: World,
  nowMs: number,
): Pace {
  const known = before?.pace.facts ?? new Set<string>();
  const fresh = factsOf(world).filter((fact) => !known.has(fact));
  const still = before !== undefined && fresh.length === 0 && !isAtWork(expected, before.world, nowMs);
  if (still) return before.pace;
  return { facts: new Set([...known, ...fresh]), stillSince: nowMs };
}

/** Whether some pod that is waited for is loading: its container runs, or is being made. */
export function isAtWork(expected: Expectation, world: World, nowMs: number): boolean {
  return suspectsOf({ expected, world }).some((revision) =>
    hangingPods({ revision, world }).some((pod) => isWorking(pod, nowMs)),
  );
}

function isWorking({ scheduled, containers = [] }: PodReading, nowMs: number): boolean {
  const own = containers.filter(({ name }) => name !== "queue-proxy");
  if (scheduled?.status === "False") return false;
  if (own.some((each) => isBlocked(each) || isCrashLooping(each, nowMs))) return false;
  return own.some(isBusy);
}

/** A big image takes its time: while it is pulled the kubelet says no more than that the container is being made. */
function isBusy({ state, reason = "" }: ContainerReading): boolean {
  return (
    state === "running" || (state === "waiting" && /^(ContainerCreating|PodInitializing|)$/.test(reason))
  );
}

/** What can be seen of a rollout's getting on. Names of pods are left out: one that is made again and again is no progress. */
function factsOf({ service, revisions, pods }: World): readonly string[] {
  const facts: string[] = [];
  if (service !== undefined) {
    const { generation, specPercent, sourceUri, latestCreated, latestReady, latestRolledout, traffic } =
      service;
    facts.push(
      JSON.stringify([generation, specPercent, sourceUri, latestCreated, latestReady, latestRolledout]),
    );
    facts.push(JSON.stringify(traffic.map(({ revision, percent, tag }) => [revision, percent, tag])));
    for (const [type, { status }] of Object.entries(service.conditions)) facts.push(`${type} ${status}`);
  }
  for (const { name, ready } of revisions) facts.push(`${name} ${ready?.status}`);
  return [...facts, ...pods.flatMap(podFacts), ...countFacts(pods)];
}

function podFacts({
  revision,
  ready,
  terminating,
  scheduled,
  containers = [],
}: PodReading): readonly string[] {
  return [
    `pod of ${revision}: ready ${ready}, terminating ${terminating}, scheduled ${scheduled?.status}`,
    ...containers.map(({ name, state, reason }) => `container ${name} of ${revision}: ${state} ${reason}`),
  ];
}

function countFacts(pods: readonly PodReading[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { revision, ready } of pods) {
    const key = `${revision}, ready ${ready}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `pods of ${key}: ${count}`);
}
