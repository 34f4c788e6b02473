/** The seam between the two ways to get objects: `partial.ts` and `whole.ts`. */
import { levelsTowards } from "./levels.ts";
import type { ObjectType } from "./objects/pack-entry.ts";

/** How the objects of a server are got. */
export interface Strategy {
  /** Gets the commit `id`, and the trees towards `paths` where these cost no further request. */
  open(id: string, paths: readonly string[]): Promise<void>;
  /** Gets objects by their ids, as far as the server has them. */
  get(ids: readonly string[], type: ObjectType, levels: number): Promise<void>;
  /**
   * Gets `count` commits from each of `ids` back, and the trees towards `paths`. Gives the bytes that came; none where
   * there is nothing more to be had.
   */
  deepen(ids: readonly string[], count: number, paths: readonly string[]): Promise<number>;
}

/** A server does not give what it was asked for. */
export class Refused extends Error {}

/** The deepest of the levels that lead towards any of the paths. */
export function levelsOf(paths: readonly string[]): number {
  return Math.max(0, ...paths.map((path) => levelsTowards(path.split("/").length)));
}
