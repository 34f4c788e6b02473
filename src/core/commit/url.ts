/** The commit's page as GitHub, Gitea and GitLab all serve it, for a remote URL without credentials. */
export function commitUrl(remote: string, commit: string): string {
  return `${remote.replace(/\/+$/, "").replace(/\.git$/, "")}/commit/${commit}`;
}
