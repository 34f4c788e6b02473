/** The file that `git credential-store` reads: which of its lines is for a repository. */
import { type ConfigEntry, credentialSetting, isTrue } from "./gitconfig.ts";

export interface GitCredentials {
  readonly username: string;
  readonly password: string;
  /** `bearer`: the password is a token that goes alone (Azure DevOps, Bitbucket Data Center). Default: basic. */
  readonly scheme?: "basic" | "bearer" | undefined;
}

/** The texts of a folder as Tekton and git leave it. */
export interface CredentialStore {
  /** `.git-credentials`. */
  readonly lines: string;
  /** `.gitconfig`. */
  readonly entries: readonly ConfigEntry[];
}

/**
 * The user name that goes with a token alone. Most servers take any; these three conventions are the ones that some
 * insist on: GitHub for an App's tokens, Bitbucket Cloud for repository tokens, GitLab for OAuth tokens.
 */
export function tokenUser(url: string): string {
  const { hostname } = new URL(url);
  if (/(^|\.)(github|ghe)\./.test(hostname)) return "x-access-token";
  return hostname === "bitbucket.org" ? "x-token-auth" : "oauth2";
}

/**
 * The first line of a `.git-credentials` that fits by protocol, host and port, by user name where one is wanted, and
 * by path where the line has one. A line with a path goes before lines without; with `useHttpPath`, as in git, only
 * lines with the path count.
 */
export function matchCredentials(
  { lines: text, entries }: CredentialStore,
  url: string,
  username?: string,
): GitCredentials | undefined {
  const wanted = new URL(url);
  const user = username ?? credentialSetting(entries, "username", wanted);
  const lines = text
    .split(/\r?\n/)
    .flatMap(parseLine)
    .filter((line) => line.protocol === wanted.protocol && line.host === wanted.host)
    .filter((line) => user === undefined || line.username === user || line.username === "");
  const chosen = lines.find((line) => line.path === pathOf(wanted)) ?? lines.find((line) => line.path === "");
  if (chosen === undefined || (chosen.path === "" && pathCounts(entries, wanted))) return undefined;
  return { username: chosen.username || user || tokenUser(url), password: chosen.password };
}

function pathCounts(entries: readonly ConfigEntry[], url: URL): boolean {
  return isTrue(credentialSetting(entries, "useHttpPath", url));
}

interface CredentialLine extends GitCredentials {
  readonly protocol: string;
  /** With its port, unless that is the protocol's own. */
  readonly host: string;
  /** Without slashes around it and without `.git`; empty where the line has none. */
  readonly path: string;
}

/** One line; none where it is no URL or has no password. */
function parseLine(line: string): readonly CredentialLine[] {
  const text = line.trim();
  if (!URL.canParse(text)) return [];
  const url = new URL(text);
  const username = decode(url.username);
  const password = decode(url.password);
  if (username === undefined || password === undefined || password === "") return [];
  return [{ protocol: url.protocol, host: url.host, path: pathOf(url), username, password }];
}

/** Undefined: broken percent-encoding. */
export function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function pathOf(url: URL): string {
  return url.pathname.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
}
