import { key, ownerReference, POD, SANDBOX_API, suffixFor, WORKLOAD } from "./kinds.ts";
import type { KubeObject, ObjectView, ReconcileResult, Write } from "./objects.ts";
import { heldEvent, quotaEvent } from "./podheld.ts";
import { born, isServing, type Life, lived, type PodState } from "./podlife.ts";
import { type PodTemplate, podObject } from "./podobject.ts";
import type { ClusterSettings } from "./settings.ts";

/** What is remembered of an owner's pods. */
export interface Workload {
  readonly pods: readonly PodState[];
  /** How many pods there have been. */
  readonly serial: number;
  /** Since when no route has named the owner. */
  readonly unroutedMs?: number | undefined;
}

export interface FleetPlan {
  readonly owner: KubeObject;
  readonly workload: Workload;
  readonly set: string;
  readonly wanted: number;
  /** Whether pods of other sets go once those of this set are ready (a rolling update). */
  readonly replaceOthers: boolean;
  readonly template: PodTemplate;
  readonly life: Life;
  readonly againAfterMs: number | undefined;
}

/** A Deployment and a Revision may bear the same name. */
function workloadKey(owner: KubeObject) {
  return key(WORKLOAD, owner, `${owner.kind.toLowerCase()}.${owner.metadata.name}`);
}

export function workloadOf(owner: KubeObject, view: ObjectView): Workload {
  return view.get(workloadKey(owner))?.spec ?? { pods: [], serial: 0 };
}

/** Lets every pod live on, starts those that are missing, stops those that are too many. */
export function fleet(
  plan: FleetPlan,
  view: ObjectView,
  settings: ClusterSettings,
  nowMs: number,
): ReconcileResult {
  const waits: (number | undefined)[] = [plan.againAfterMs];
  const writes: Write[] = [];
  const pods: PodState[] = [];
  for (const before of plan.workload.pods) {
    const life = before.set === plan.set ? plan.life : { startMs: plan.life.startMs, fault: undefined };
    const { pod, againAfterMs } = lived(before, life, settings, nowMs);
    waits.push(againAfterMs);
    if (pod !== undefined) pods.push(pod);
    else writes.push({ op: "delete", key: key(POD, plan.owner, before.name) });
  }
  const { scaled, serial } = scale(pods, plan, nowMs);
  for (const pod of scaled) {
    const current = view.get(key(POD, plan.owner, pod.name));
    writes.push({ op: "put", object: podObject(pod, plan.template, current, nowMs) });
  }
  writes.push(...eventsOf(plan, scaled).map((object) => ({ op: "put", object }) as const));
  // A pod that was born or stopped just now has its next change ahead; look again at once to learn when.
  if (scaled.some((pod) => !plan.workload.pods.includes(pod) && !pods.includes(pod))) waits.push(0);
  const { namespace, name } = workloadKey(plan.owner);
  const metadata = { name, namespace, ownerReferences: [ownerReference(plan.owner)] };
  const spec = { pods: scaled, serial, unroutedMs: plan.workload.unroutedMs };
  writes.push({ op: "put", object: { apiVersion: SANDBOX_API, kind: "Workload", metadata, spec } });
  const known = waits.filter((wait): wait is number => wait !== undefined);
  return known.length === 0 ? { writes } : { writes, againAfterMs: Math.max(0, Math.min(...known)) };
}

function eventsOf({ set, template: { namespace }, owner, ...plan }: FleetPlan, pods: readonly PodState[]) {
  const held = pods.flatMap((pod) => heldEvent(pod, namespace) ?? []);
  const madeMs = Date.parse(owner.metadata.creationTimestamp ?? "");
  return isRefused(plan) ? [...held, quotaEvent(set, namespace, madeMs)] : held;
}

function isRefused({ wanted, life }: Pick<FleetPlan, "wanted" | "life">): boolean {
  return wanted > 0 && life.fault?.kind === "quota";
}

function scale(pods: readonly PodState[], plan: FleetPlan, nowMs: number) {
  let serial = plan.workload.serial;
  const mine = pods.filter((pod) => pod.set === plan.set && pod.deletedMs === undefined);
  const added: PodState[] = [];
  for (let missing = isRefused(plan) ? 0 : plan.wanted - mine.length; missing > 0; missing -= 1) {
    serial += 1;
    added.push(born(`${plan.set}-${suffixFor(`${plan.set}/${serial}`, 5)}`, plan.set, nowMs));
  }
  const surplus = new Set(mine.slice(plan.wanted));
  const replaced = plan.replaceOthers && mine.filter(isServing).length >= plan.wanted;
  const kept = pods.map((pod) => {
    const stop = surplus.has(pod) || (replaced && pod.set !== plan.set);
    return stop && pod.deletedMs === undefined ? { ...pod, deletedMs: nowMs } : pod;
  });
  return { scaled: [...kept, ...added], serial };
}
