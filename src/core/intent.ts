/** What a user asks for. */

export const actions = ["stage", "promote", "rollback"] as const;
export type Action = (typeof actions)[number];

/** Where in the repository the values of one model stand. */
export interface ConfigLocation {
  /** Path of the file inside the repository. */
  readonly path: string;
  /** Path of the traffic percent inside the file, e.g. `canary.trafficPercent`. */
  readonly percentPath: string;
  /** Path of the model version inside the file, e.g. `version`. */
  readonly versionPath: string;
}

export interface ValueEdit {
  readonly path: string;
  readonly value: string | number;
}

export interface Intent {
  readonly action: Action;
  /** The model version to stage, or to restore. */
  readonly version?: string | undefined;
  /** Further values for the same commit (`--set path=value`); only `stage` takes them. */
  readonly sets: readonly ValueEdit[];
  /**
   * A rollback that commits blue's version again, where the percent alone cannot bring blue back; or the stage that has
   * to go before it. Without a version it is the one that Git and the cluster know.
   */
  readonly restore?: boolean | undefined;
}

/** What must hold in Git for an action to be still meant; without a value there is no condition. */
export interface Guard {
  /** `promote`: the only version that may get the traffic. */
  readonly version?: string | undefined;
  /** `rollback`: the run whose promote is to be undone, and nothing else. */
  readonly undoRun?: string | undefined;
  /** `promote`: whether a retry must not promote again what this very run rolled back. */
  readonly once?: boolean | undefined;
}

/** The `canaryTrafficPercent` that an action commits, 0–100. A restored version is the newest revision, like a green. */
export function wantedPercent({ action, restore }: Pick<Intent, "action" | "restore">): 0 | 100 {
  return action === "promote" || (action === "rollback" && restore === true) ? 100 : 0;
}

/** Every edit of an action, in the order in which they are made. All of them land in one commit. */
export function editsOf(intent: Intent, at: ConfigLocation): readonly ValueEdit[] {
  const percent = { path: at.percentPath, value: wantedPercent(intent) };
  if (intent.version === undefined) return [percent];
  return [{ path: at.versionPath, value: intent.version }, ...intent.sets, percent];
}
