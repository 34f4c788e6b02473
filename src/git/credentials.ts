/** Finds the user name and the password for a repository, where Tekton and git put them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import { type ConfigEntry, credentialSetting, isTrue, parseGitConfig } from "./gitconfig.ts";

export interface GitCredentials {
  readonly username: string;
  readonly password: string;
}

export interface CredentialSources {
  /** Given by the user, through the environment. A password alone is a token: servers take any user name with one. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** A folder that the user named: `.git-credentials` and `.gitconfig`, or a Secret's `username` and `password`. */
  readonly folder?: string | undefined;
  /** The folder with `.git-credentials` and `.gitconfig` otherwise, usually $HOME. */
  readonly home?: string | undefined;
}

/** What is sent with a token that came without a user name; GitHub, GitLab and Gitea look at the token only. */
const anyUser = "git";

/**
 * The credentials for `url`: the explicit ones, else those of the named folder, else the best line of $HOME's
 * `.git-credentials`, else none. Missing or unreadable files in $HOME count as empty. Throws Failure INVALID_OPTION
 * for a named folder that has none for this server: an anonymous try would only hide the cause.
 */
export async function findCredentials(
  url: string,
  sources: CredentialSources,
): Promise<GitCredentials | undefined> {
  const { username, password, folder, home } = sources;
  if (password !== undefined && password !== "") return { username: username || anyUser, password };
  if (folder !== undefined) return inNamedFolder(folder, url, username || undefined);
  if (home === undefined || home === "") return undefined;
  return inStore(home, url, username || undefined);
}

async function inStore(
  folder: string,
  url: string,
  username: string | undefined,
): Promise<GitCredentials | undefined> {
  const [store, config] = await Promise.all([
    readText(join(folder, ".git-credentials")),
    readText(join(folder, ".gitconfig")),
  ]);
  return matchCredentials(store, config, url, username);
}

async function inNamedFolder(
  folder: string,
  url: string,
  username: string | undefined,
): Promise<GitCredentials> {
  const [name, password] = await Promise.all(
    ["username", "password"].map(async (key) => withoutLineEnd(await readText(join(folder, key)))),
  );
  if (password) return { username: username || name || anyUser, password };
  const found = await inStore(folder, url, username);
  if (found !== undefined) return found;
  throw new Failure(
    "INVALID_OPTION",
    `--git-credentials-dir (BLUEGREEN_GIT_CREDENTIALS_DIR) ${printable(folder, 200)} holds neither username and password nor a .git-credentials with a line for ${new URL(url).host}`,
  );
}

/** Files that were made by an editor or by echo end in one. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

/**
 * The first line of a `.git-credentials` that fits by protocol, host and port, by user name where one is wanted, and
 * by path where the line has one. A line with a path goes before lines without; with `useHttpPath`, as in git, only
 * lines with the path count.
 */
export function matchCredentials(
  store: string,
  config: string,
  url: string,
  username?: string,
): GitCredentials | undefined {
  const wanted = new URL(url);
  const entries = parseGitConfig(config);
  const user = username ?? credentialSetting(entries, "username", wanted);
  const lines = store
    .split(/\r?\n/)
    .flatMap(parseLine)
    .filter((line) => line.protocol === wanted.protocol && line.host === wanted.host)
    .filter((line) => user === undefined || line.username === user || line.username === "");
  const chosen = lines.find((line) => line.path === pathOf(wanted)) ?? lines.find((line) => line.path === "");
  if (chosen === undefined || (chosen.path === "" && pathCounts(entries, wanted))) return undefined;
  return { username: chosen.username || user || anyUser, password: chosen.password };
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

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function pathOf(url: URL): string {
  return url.pathname.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
}
