/** Finds where a repository is and who asks for it: in what the user gave, and where Tekton and git put credentials. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import { parseRemoteUrl } from "../url.ts";
import {
  type CredentialStore,
  decode,
  type GitCredentials,
  matchCredentials,
  tokenUser,
} from "./credential-store.ts";
import { type ConfigEntry, insteadOf, parseGitConfig } from "./gitconfig.ts";

/** Asked before each request, since a mounted token can be renewed. Throws Failure GIT_AUTH. */
export type CredentialSource = () => Promise<GitCredentials | undefined>;

export interface CredentialSources {
  /** Given by the user, through the environment. A password alone is a token. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** File with a token that the user named. */
  readonly tokenFile?: string | undefined;
  readonly scheme?: GitCredentials["scheme"];
  /** A folder that the user named: `.git-credentials` and `.gitconfig`, or a Secret's keys. */
  readonly folder?: string | undefined;
  /** The folder with `.git-credentials` and `.gitconfig` otherwise, usually $HOME. */
  readonly home?: string | undefined;
}

export interface GitAccess {
  /** Where requests go: the given URL, or what `url.<base>.insteadOf` makes of it. */
  readonly url: string;
  /** Absent: nobody has any for this server. */
  readonly credentials?: CredentialSource | undefined;
}

/**
 * The credentials for `url`: the explicit ones, else those of the named folder, else the best line of $HOME's
 * `.git-credentials`, else none. Missing or unreadable files in $HOME count as empty. Throws Failure INVALID_OPTION
 * for sources that contradict each other, for a URL that the `.gitconfig` turns into one that cannot be used, and for a
 * named folder that has nothing for this server: an anonymous try would only hide the cause.
 */
export async function findAccess(given: string, sources: CredentialSources): Promise<GitAccess> {
  const { password, tokenFile, folder, scheme } = sources;
  const store = await readStore(folder ?? sources.home);
  const { url, credentials: ofUrl } = rewritten(given, store.entries);
  const username = sources.username || undefined;
  const access = (found: GitCredentials | undefined): GitAccess =>
    found === undefined ? { url } : { url, credentials: async () => ({ ...found, scheme }) };

  if (password && tokenFile !== undefined) {
    throw new Failure("INVALID_OPTION", "give either BLUEGREEN_GIT_PASSWORD or --git-token-file, not both");
  }
  if (password) return access({ username: username ?? tokenUser(url), password });
  if (tokenFile !== undefined) {
    const name = username ?? tokenUser(url);
    return {
      url,
      credentials: async () => ({ username: name, password: await readToken(tokenFile), scheme }),
    };
  }
  const found =
    (folder === undefined ? undefined : await secretIn(folder, url, username)) ??
    matchCredentials(store, url, username) ??
    ofUrl;
  if (found === undefined && folder !== undefined) throw nothingIn(folder, url);
  return access(found);
}

/** Only a token's own characters: what could end a header line is not one. */
async function readToken(file: string): Promise<string> {
  const shown = `the token file ${printable(file, 200)}`;
  let token: string;
  try {
    token = (await readFile(file, "utf8")).trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new Failure("GIT_AUTH", `${shown} cannot be read (${code})`);
  }
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Failure("GIT_AUTH", token === "" ? `${shown} is empty` : `${shown} holds no token`);
}

async function readStore(folder: string | undefined): Promise<CredentialStore> {
  if (folder === undefined || folder === "") return { lines: "", entries: [] };
  const [lines, config] = await Promise.all([
    readText(join(folder, ".git-credentials")),
    readText(join(folder, ".gitconfig")),
  ]);
  return { lines, entries: parseGitConfig(config) };
}

/** `url.<base>.insteadOf` as git applies it. User and password in its base are taken as credentials, and never shown. */
function rewritten(
  given: string,
  entries: readonly ConfigEntry[],
): { readonly url: string; readonly credentials?: GitCredentials } {
  const text = insteadOf(entries, given);
  if (text === given) return { url: given };
  const place = URL.canParse(text) ? new URL(text) : undefined;
  const username = decode(place?.username ?? "");
  const password = decode(place?.password ?? "");
  if (place !== undefined) Object.assign(place, { username: "", password: "" });
  const parsed = parseRemoteUrl(place?.href ?? text);
  if (parsed.kind === "problem") {
    throw new Failure("INVALID_OPTION", `insteadOf in .gitconfig changes ${given}: ${parsed.problem}`);
  }
  if (password)
    return { url: parsed.url, credentials: { username: username || tokenUser(parsed.url), password } };
  // `https://<token>@host/`: a token in the user name's place.
  return username
    ? { url: parsed.url, credentials: { username: tokenUser(parsed.url), password: username } }
    : { url: parsed.url };
}

/** A Secret's keys: `password` (with `username`), or `token`. */
async function secretIn(
  folder: string,
  url: string,
  username: string | undefined,
): Promise<GitCredentials | undefined> {
  const [name, password, token] = await Promise.all(
    ["username", "password", "token"].map(async (key) => withoutLineEnd(await readText(join(folder, key)))),
  );
  const secret = password || token?.trim();
  return secret ? { username: username || name || tokenUser(url), password: secret } : undefined;
}

function nothingIn(folder: string, url: string): Failure {
  return new Failure(
    "INVALID_OPTION",
    `--git-credentials-dir (BLUEGREEN_GIT_CREDENTIALS_DIR) ${printable(folder, 200)} holds neither username and password, nor token, nor a .git-credentials with a line for ${new URL(url).host}`,
  );
}

/** Files that were made by an editor or by echo end in one. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
