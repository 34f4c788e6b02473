/**
 * Objects by partial-clone filters and by id: nothing but what is asked for. Every request stands for itself: the server
 * is never told what is here, because what is here is full of holes.
 */

import type { ObjectStore } from "./objects/store.ts";
import { levelsOf, Refused, type Strategy } from "./strategy.ts";
import type { FetchRequest } from "./wire/upload-pack.ts";
import type { Wire } from "./wire/wire.ts";

/** Ids in one request; a merge of more branches is followed in several. */
const maxWants = 200;

export function createPartial(wire: Wire, store: ObjectStore): Strategy {
  async function fetch(request: FetchRequest, passing = false): Promise<number> {
    const answer = await wire.fetch(request);
    if (answer.kind === "refused") throw new Refused(answer.detail);
    store.add(answer.pack, passing);
    return answer.pack.length;
  }
  /** The server names no more than one of the ids that it does not know. */
  async function eachCommit(ids: readonly string[]): Promise<void> {
    for (const id of ids) await fetch({ wants: [id], depth: 1, filter: "tree:0" }).catch(unlessAbsent);
  }
  return {
    open: async (id, paths) => {
      if (store.has(id)) return;
      await fetch({ wants: [id], depth: 1, filter: `tree:${levelsOf(paths)}` });
    },
    get: async (ids, type, levels) => {
      if (type !== "commit") {
        // A tree that is wanted by its id is sent in any case; the filter counts from what is in it.
        await fetch({ wants: ids, filter: `tree:${levels - 1}` });
        return;
      }
      try {
        await fetch({ wants: ids, depth: 1, filter: "tree:0" });
      } catch (error) {
        unlessAbsent(error);
        if (ids.length > 1) await eachCommit(ids);
      }
    },
    deepen: async (ids, count, paths) => {
      const wants = ids.slice(0, maxWants);
      try {
        const filter = `tree:${levelsOf(paths)}`;
        // Who looks for an ancestor goes through all commits again and again.
        return await fetch({ wants, depth: count, filter }, paths.length > 0);
      } catch (error) {
        // Its own history ends here, or there is no such commit.
        unlessAbsent(error);
        return 0;
      }
    },
  };
}

/** How servers say that they have no such object: git, JGit. Any other refusal is of the way of asking. */
const absent = /not our ref|not valid|not found|missing object/i;

function unlessAbsent(error: unknown): void {
  if (!(error instanceof Refused && absent.test(error.message))) throw error;
}
