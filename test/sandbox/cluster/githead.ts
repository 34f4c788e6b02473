import { GIT_HEAD, SANDBOX_API } from "./kinds.ts";
import type { ObjectStore, ObjectView } from "./objects.ts";

/** A repository's branch as Argo CD would find it: one commit and its files. */
export interface GitHead {
  readonly repoURL: string;
  /** Full object id. */
  readonly commit: string;
  /** Path from the repository's root → text. */
  readonly files: Readonly<Record<string, string>>;
}

/** Tells the cluster where a repository is now. Argo CD sees it at its next poll, or when asked to refresh. */
export function putGitHead(store: ObjectStore, head: GitHead): void {
  const name = head.repoURL.replace(/[^a-zA-Z0-9.-]+/g, "-");
  store.put({ apiVersion: SANDBOX_API, kind: "GitHead", metadata: { name, namespace: "" }, spec: head });
}

export function readGitHead(view: ObjectView, repoURL: string): GitHead | undefined {
  return view.list(GIT_HEAD).find((head) => head.spec.repoURL === repoURL)?.spec;
}
