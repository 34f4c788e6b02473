/**
 * How many levels of trees to ask for at once. One request a level would be the least data and the most round trips;
 * all levels at once would list every application.
 */

/** Beyond this a level may hold a folder for every application, or more. */
const maxLevels = 3;

/** Bytes of a listing of about ten folders. */
const crowded = 400;

/**
 * Levels of folders, the first one included, to ask for where `parts` names of a path are still to be followed. The
 * folder that holds the file itself is not among them: there are as many of its kind as there are applications.
 */
export function levelsTowards(parts: number): number {
  return Math.min(Math.max(parts - 1, 1), maxLevels);
}

/**
 * Levels to ask for at the folder that holds the file: with two, its files come along and a request is saved. That is
 * for a folder deep down among many, which is one application's and small; a folder near the root, or one with few
 * beside it, may be the one with the many files.
 */
export function levelsAtFile(depth: number, parentBytes: number): number {
  return depth >= 2 && parentBytes >= crowded ? 2 : 1;
}
