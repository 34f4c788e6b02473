/**
 * Objects from a server without filters, or one that refuses objects by id: whole snapshots, as shallow as may be, and
 * after the first only what is new.
 */

import type { ObjectStore } from "./objects/store.ts";
import { Refused, type Strategy } from "./strategy.ts";
import type { Wire } from "./wire/wire.ts";

/** `head` tells where the branch is. */
export function createWhole(wire: Wire, store: ObjectStore, head: () => Promise<string>): Strategy {
  /** Heads that are here with all their trees and files, and the commits where their history ends. */
  const heads = new Set<string>();
  const shallow = new Set<string>();
  let depth = 1;
  let last: string | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  /** One fetch at a time: each builds on what the one before brought. */
  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = turn.then(action, action);
    turn = result.catch(() => undefined);
    return result;
  }
  async function fetch(id: string, wantedDepth: number): Promise<number> {
    const limited = (await wire.abilities()).shallow;
    const answer = await wire.fetch({
      wants: [id],
      haves: [...heads],
      ...(limited ? { shallow: [...shallow], depth: wantedDepth } : {}),
    });
    if (answer.kind === "refused") throw new Refused(answer.detail);
    store.add(answer.pack);
    for (const commit of answer.shallow) shallow.add(commit);
    for (const commit of answer.unshallow) shallow.delete(commit);
    heads.add(id);
    last = id;
    depth = Math.max(depth, wantedDepth);
    return answer.pack.length;
  }
  async function open(id: string): Promise<void> {
    if (heads.has(id)) last = id;
    else await fetch(id, 1);
  }
  return {
    open: (id) => inTurn(() => open(id)),
    get: async (_ids, type) => {
      // A commit may be newer than the last snapshot. Trees and files come with theirs.
      if (type === "commit") await inTurn(async () => open(await head()));
    },
    deepen: (_ids, count) =>
      inTurn(async () => {
        if (last === undefined || shallow.size === 0) return 0;
        return fetch(last, depth + count);
      }),
  };
}
