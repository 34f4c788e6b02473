/** Where a repository's API is, told from its Git URL. */

export const providers = ["gitea", "github"] as const;
export type Provider = (typeof providers)[number];

export interface RepositoryPlace {
  /** Of the server, with the folder that it is installed in, without a slash at the end. */
  readonly server: string;
  readonly owner: string;
  readonly repository: string;
}

/** The last two parts of the path name the repository; undefined where there are fewer. */
export function placeOf(gitUrl: string): RepositoryPlace | undefined {
  const url = new URL(gitUrl);
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const [owner, last] = parts.slice(-2);
  if (owner === undefined || last === undefined) return undefined;
  const folder = parts.slice(0, -2).map((part) => `/${part}`);
  return {
    server: `${url.origin}${folder.join("")}`,
    owner: decodeURIComponent(owner),
    repository: decodeURIComponent(last).replace(/\.git$/, ""),
  };
}

/** github.com and its data-resident kin (`*.ghe.com`) are known by name; any other host has to be asked. */
export function knownProvider({ server }: RepositoryPlace): Provider | undefined {
  const { hostname } = new URL(server);
  return hostname === "github.com" || hostname.endsWith(".ghe.com") ? "github" : undefined;
}

/** GitHub Enterprise Server has its API below `/api/v3`, github.com on a host of its own. */
export function apiUrl(provider: Provider, { server }: RepositoryPlace): string {
  if (provider === "gitea") return `${server}/api/v1`;
  const { hostname, host, protocol } = new URL(server);
  const isCloud = hostname === "github.com" || hostname.endsWith(".ghe.com");
  return isCloud ? `${protocol}//api.${host}` : `${server}/api/v3`;
}
