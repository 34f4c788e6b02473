/** An Argo CD Application, reduced to what tells whether our commit was taken. Evidence, never the verdict. */
export interface ApplicationReading {
  readonly syncStatus?: string | undefined;
  readonly healthStatus?: string | undefined;
  /** Commit ids by source (`status.sync.revisions`); one element for a single-source Application. */
  readonly revisions: readonly string[];
  /** Repository URLs by source, in the same order as `revisions`. */
  readonly repositories: readonly string[];
  readonly operationPhase?: string | undefined;
  readonly operationMessage?: string | undefined;
  readonly conditions: readonly { readonly type: string; readonly message: string }[];
  /** When it was compared with Git last, in its own words; it says nothing but whether that has happened again. */
  readonly reconciledAt?: string | undefined;
  /** The rest explains why an edit does not arrive. */
  readonly project?: string | undefined;
  /** A sync is asked for, by a person or by itself, and has not begun. */
  readonly requested?: boolean | undefined;
  /** The commits of the last sync, or of the one under way or asked for, by source. */
  readonly operated?: readonly string[] | undefined;
  /** Whether it is synced without anybody asking. */
  readonly automated?: boolean | undefined;
  /** What each source follows, a branch as a rule, in the order of `repositories`. */
  readonly targets?: readonly string[] | undefined;
  /** The InferenceServices that it manages, as of its last comparison; empty: it manages others, or nothing. */
  readonly manages?: readonly { readonly namespace: string; readonly name: string }[] | undefined;
  /** Differences in InferenceServices that it does not look at. */
  readonly ignores?: readonly IgnoredDifference[] | undefined;
}

export interface IgnoredDifference {
  /** Absent: of every InferenceService. */
  readonly name?: string | undefined;
  /** JSON pointers and jq expressions, or `managedFieldsManagers: NAME`. */
  readonly paths: readonly string[];
}

/**
 * The commits of the sources that are the repository at `url`; of all sources where none can be told to be it. Hosts do
 * not count: the cluster may know the server by another name.
 */
export function revisionsFrom(application: ApplicationReading, url: string): readonly string[] {
  const { revisions, repositories } = application;
  const ours = revisions.filter((_, index) => sameRepository(repositories[index] ?? "", url));
  return ours.length > 0 ? ours : revisions;
}

/** Whether both URLs name the same repository, as far as that can be told without their hosts. */
export function sameRepository(one: string, other: string): boolean {
  return repositoryPath(one) === repositoryPath(other);
}

/** `user1/mlops-gitops` of `https://host/user1/mlops-gitops.git` and of `git@host:user1/mlops-gitops`. */
function repositoryPath(url: string): string {
  const path = url.replace(/^[a-z+]+:\/\/[^/]*\//i, "").replace(/^[^/]*:/, "");
  return path
    .replace(/\/$/, "")
    .replace(/\.git$/, "")
    .toLowerCase();
}

/** Whether it is in the middle of a sync, or is asked for one, which holds to the commits that it began with. */
export function isSyncing({ operationPhase, requested }: Partial<ApplicationReading>): boolean {
  return requested === true || operationPhase === "Running" || operationPhase === "Terminating";
}

/** Condition types that no waiting mends (argo-cd, pkg/apis/application/v1alpha1). */
const stopping = ["ComparisonError", "InvalidSpecError", "SyncError"];

/** Whether it complains of a sync, which is of the commits that it has compared with and of no others. */
export function complainsOfSync({ conditions }: ApplicationReading): boolean {
  return conditions.some(({ type }) => type === "SyncError");
}

/** Without what it says of a sync. */
export function withoutSyncError(application: ApplicationReading): ApplicationReading {
  return { ...application, conditions: application.conditions.filter(({ type }) => type !== "SyncError") };
}

/** Why Argo CD cannot take any commit, or undefined. */
export function syncBlocker(application: ApplicationReading): string | undefined {
  const blocker = application.conditions.find(({ type }) => stopping.includes(type));
  return blocker === undefined ? undefined : `${blocker.type}: ${blocker.message}`;
}
