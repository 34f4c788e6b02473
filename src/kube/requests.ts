/** What the scheduler reserves for a pod (component-helpers, resource/helpers.go: PodRequests). */

/** Amounts by resource. */
export type Amounts = ReadonlyMap<string, number>;

export interface Requesting {
  readonly containers: readonly Amounts[];
  /** In their order; `stays`: a sidecar, which goes on running beside the containers. */
  readonly init: readonly { readonly requests: Amounts; readonly stays: boolean }[];
  /** Of the pod as a whole: where it names a resource, that holds instead of the containers' sum. */
  readonly whole: Amounts;
  /** What the runtime class adds. */
  readonly overhead: Amounts;
}

/** By resource the most that is asked for at one time: while it is prepared, or while it runs. */
export function reserved({
  containers,
  init,
  whole,
  overhead,
}: Requesting): Readonly<Record<string, number>> {
  let sidecars: Amounts = new Map();
  let most: Amounts = new Map();
  for (const { requests, stays } of init) {
    const together = plus(sidecars, requests);
    most = larger(most, together);
    if (stays) sidecars = together;
  }
  const running = containers.reduce(plus, sidecars);
  const all = new Map([...larger(most, running), ...whole]);
  return Object.fromEntries(plus(all, overhead));
}

function plus(one: Amounts, other: Amounts): Amounts {
  const sum = new Map(one);
  for (const [resource, amount] of other) sum.set(resource, (sum.get(resource) ?? 0) + amount);
  return sum;
}

function larger(one: Amounts, other: Amounts): Amounts {
  const result = new Map(one);
  for (const [resource, amount] of other) {
    result.set(resource, Math.max(result.get(resource) ?? 0, amount));
  }
  return result;
}
