/** Where objects come from: the store, else the server, in the fewest and smallest requests that it allows. */
import { Failure } from "../errors/failure.ts";
import type { ObjectType } from "./objects/pack-entry.ts";
import type { ObjectStore } from "./objects/store.ts";
import { createPartial } from "./partial.ts";
import { Refused, type Strategy } from "./strategy.ts";
import { createWhole } from "./whole.ts";
import type { Wire } from "./wire/wire.ts";

/** Reads objects and fetches what is missing. */
export interface ObjectReader {
  /** Fetches those that are not here, by one request; with a tree that is missing, `levels` of trees from it on. */
  gather(ids: readonly string[], type: ObjectType, levels?: number): Promise<void>;
  /** The content of an object, fetched if need be; undefined where the server has none of that id. */
  read(id: string, type: ObjectType): Promise<Uint8Array | undefined>;
}

export interface Source extends ObjectReader {
  /** Gets the commit `id`, a branch's head. `paths` are what will be read of it. */
  open(id: string, paths: readonly string[]): Promise<void>;
  /** Fetches more history from `missing` on; false where there is no more to be had. */
  deepen(missing: readonly string[], paths: readonly string[]): Promise<boolean>;
}

/** Commits fetched at the first look back; each further one fetches up to four times as many. */
const firstStep = 50;
/** Commits looked back at in all: bounds the time and the memory of a search that finds nothing. */
const maxCommits = 60_000;
/** Bytes of a look back that the next one is sized for: twice as many cost a fifth more memory in all, and save few requests. */
const stepBytes = 1024 * 1024;
const maxBytes = 48 * 1024 * 1024;

/** `head` tells where the branch is. */
export function createSource(wire: Wire, store: ObjectStore, head: () => Promise<string>): Source {
  let chosen: Promise<Strategy> | undefined;
  let opened: string | undefined;
  // Of commits alone come many at once; how many there were must not make the folders of as many come.
  const steps = { commits: firstStep, folders: firstStep };
  let looked = 0;
  let bytes = 0;

  async function choose(): Promise<Strategy> {
    const { filter, anyWant } = await wire.abilities();
    return filter && anyWant ? createPartial(wire, store) : createWhole(wire, store, head);
  }
  function strategy(): Promise<Strategy> {
    chosen ??= choose().catch((error: unknown) => {
      chosen = undefined;
      throw error;
    });
    return chosen;
  }
  /** A server may offer what it then refuses: from then on it is asked for whole snapshots. */
  async function ask<T>(action: (way: Strategy) => Promise<T>): Promise<T> {
    const way = await strategy();
    try {
      return await action(way);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return insist(error, action);
    }
  }
  async function insist<T>(refused: Refused, action: (way: Strategy) => Promise<T>): Promise<T> {
    const whole = createWhole(wire, store, head);
    chosen = Promise.resolve(whole);
    try {
      if (opened !== undefined) await whole.open(opened, []);
      return await action(whole);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new Failure(
        "GIT_PROTOCOL",
        `the server does not give its objects: ${error.message || refused.message}`,
      );
    }
  }
  async function gather(ids: readonly string[], type: ObjectType, levels = 1): Promise<void> {
    const missing = ids.filter((id) => !store.has(id));
    if (missing.length > 0) await ask((way) => way.get(missing, type, levels));
  }
  return {
    open: async (id, paths) => {
      opened = id;
      await ask((way) => way.open(id, paths));
    },
    gather,
    read: async (id, type) => {
      await gather([id], type);
      return store.read(id, type);
    },
    deepen: async (missing, paths) => {
      if (looked >= maxCommits || bytes >= maxBytes) return false;
      const kind = paths.length === 0 ? "commits" : "folders";
      const count = Math.min(steps[kind], maxCommits - looked);
      const came = await ask((way) => way.deepen(missing, count, paths));
      looked += count;
      bytes += came;
      steps[kind] = Math.max(1, Math.floor(count * Math.min(4, stepBytes / Math.max(came, 1))));
      return came > 0;
    },
  };
}
