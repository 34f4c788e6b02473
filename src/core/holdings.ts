/** What the two colours hold of the cluster: replicas, CPU, memory, GPUs; and whether blue could serve at once. */
import type { Expectation } from "./expectation.ts";
import { formatQuantity } from "./quantity.ts";
import type { ModelRun } from "./run-state.ts";
import { percentByRevision, runsVersion } from "./serving.ts";
import { printable } from "./text.ts";
import type { PodReading, World } from "./world.ts";

export interface Holding {
  readonly role: "active" | "standby";
  readonly revision: string;
  /**
   * `warm`: a ready pod can answer at once. `cold`: the first request waits for a pod. `gone`: the Revision no longer
   * exists, so no percent brings it back.
   */
  readonly warmth: "warm" | "cold" | "gone";
  /** Whether an entry of the traffic names it, be it with 0 %. What no route names is scaled to zero. */
  readonly routed: boolean;
  readonly replicas: {
    readonly ready: number;
    readonly unready: number;
    /** Being deleted; they hold what they asked for until they are gone. */
    readonly ending: number;
  };
  /** By resource what those pods request: cores of `cpu`, bytes of `memory`, pieces of all else. */
  readonly requests: Readonly<Record<string, number>>;
}

type Colours = Pick<Expectation, "active" | "standby">;

/** The active revision's first. Revisions that are not named yet are left out. */
export function holdingsOf(world: World, { active, standby }: Colours): readonly Holding[] {
  return [
    ...(active === undefined ? [] : [holdingOf(world, "active", active)]),
    ...(standby === undefined ? [] : [holdingOf(world, "standby", standby)]),
  ];
}

/** The colours of a rollout that did not come to its end: where one had no name beforehand, the revision that it made. */
export function coloursOf(expected: Expectation, world: World): Colours {
  const { action, active, standby, known } = expected;
  const { service } = world;
  if (action !== "stage")
    return active === undefined ? { active: madeFor(expected, world), standby } : expected;
  const created = service?.latestCreated;
  const green =
    created === active || (created !== undefined && known.includes(created)) ? undefined : created;
  return active === undefined ? { active: green } : { active, standby: green };
}

/** Of a version that is let in: the newest revision, if it runs it. */
function madeFor({ version = "", known }: Expectation, { service, revisions }: World): string | undefined {
  const newest = revisions.find(({ name }) => name === service?.latestCreated);
  if (newest === undefined || known.includes(newest.name)) return undefined;
  return runsVersion(newest, version) === true ? newest.name : undefined;
}

function holdingOf({ service, revisions, pods }: World, role: Holding["role"], revision: string): Holding {
  const own = pods.filter((pod) => pod.revision === revision && pod.finished !== true);
  const alive = own.filter((pod) => !pod.terminating);
  const ready = alive.filter((pod) => pod.ready).length;
  const exists = revisions.some(({ name }) => name === revision);
  return {
    role,
    revision,
    warmth: ready > 0 ? "warm" : exists ? "cold" : "gone",
    routed: percentByRevision(service?.traffic ?? []).has(revision),
    replicas: { ready, unready: alive.length - ready, ending: own.length - alive.length },
    requests: sumOf(own),
  };
}

function sumOf(pods: readonly PodReading[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const { requests = {} } of pods) {
    for (const [resource, amount] of Object.entries(requests)) {
      sums.set(resource, (sums.get(resource) ?? 0) + amount);
    }
  }
  return Object.fromEntries(sums);
}

/** The latest of a run. */
export function heldAtEnd({ rollout, verdict }: Pick<ModelRun, "rollout" | "verdict">): readonly Holding[] {
  return verdict?.holdings ?? rollout?.holdings ?? [];
}

/** One line. */
export function describeHolding({ role, revision, warmth, routed, replicas, requests }: Holding): string {
  const head = `${role === "active" ? "Active" : "Standby"} ${revision}: ${warmth}`;
  if (warmth === "gone") return `${head}, its Revision no longer exists${held(replicas, requests)}`;
  const leaving =
    role === "standby" && !routed && warmth === "warm" ? "; off the route, so it will scale to zero" : "";
  return `${head}${held(replicas, requests)}${leaving}`;
}

function held(replicas: Holding["replicas"], requests: Holding["requests"]): string {
  const counts = [
    counted(replicas.ready, "ready"),
    counted(replicas.unready, "not ready"),
    counted(replicas.ending, "ending"),
  ].filter((part) => part !== "");
  if (counts.length === 0) return ", no replica, holds nothing";
  const amounts = Object.entries(requests).map(
    ([resource, amount]) => `${printable(resource, 80)} ${formatQuantity(resource, amount)}`,
  );
  const replicasText = `, replicas: ${counts.join(", ")}`;
  return `${replicasText}; holds ${amounts.length === 0 ? "no requested resources" : amounts.join(", ")}`;
}

function counted(count: number, what: string): string {
  return count === 0 ? "" : `${count} ${what}`;
}
