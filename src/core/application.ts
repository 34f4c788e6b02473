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
}

/**
 * The commits of the sources that are the repository at `url`; of all sources where none can be told to be it. Hosts do
 * not count: the cluster may know the server by another name.
 */
export function revisionsFrom(application: ApplicationReading, url: string): readonly string[] {
  const { revisions, repositories } = application;
  const ours = revisions.filter(
    (_, index) => repositoryPath(repositories[index] ?? "") === repositoryPath(url),
  );
  return ours.length > 0 ? ours : revisions;
}

/** `user1/mlops-gitops` of `https://host/user1/mlops-gitops.git` and of `git@host:user1/mlops-gitops`. */
function repositoryPath(url: string): string {
  const path = url.replace(/^[a-z+]+:\/\/[^/]*\//i, "").replace(/^[^/]*:/, "");
  return path
    .replace(/\/$/, "")
    .replace(/\.git$/, "")
    .toLowerCase();
}

/** Condition types that no waiting mends (argo-cd, pkg/apis/application/v1alpha1). */
const stopping = ["ComparisonError", "InvalidSpecError", "SyncError"];

/** Why Argo CD cannot take any commit, or undefined. */
export function syncBlocker(application: ApplicationReading): string | undefined {
  const blocker = application.conditions.find(({ type }) => stopping.includes(type));
  return blocker === undefined ? undefined : `${blocker.type}: ${blocker.message}`;
}
