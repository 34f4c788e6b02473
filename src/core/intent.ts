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
  /** The model version to stage; only `stage` has one. */
  readonly version?: string | undefined;
  /** Further values for the same commit (`--set path=value`); only `stage` takes them. */
  readonly sets: readonly ValueEdit[];
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

/** The `canaryTrafficPercent` that an action commits, 0–100. */
export function wantedPercent(action: Action): 0 | 100 {
  return action === "promote" ? 100 : 0;
}

/** Every edit of an action, in the order in which they are made. All of them land in one commit. */
export function editsOf(intent: Intent, at: ConfigLocation): readonly ValueEdit[] {
  const percent = { path: at.percentPath, value: wantedPercent(intent.action) };
  if (intent.version === undefined) return [percent];
  return [{ path: at.versionPath, value: intent.version }, ...intent.sets, percent];
}
