/** Who asks the API: a token of its own, or whoever pushes. */
import { readFile } from "node:fs/promises";
import { Failure } from "../errors/failure.ts";
import type { CredentialSource } from "../git/credentials/credentials.ts";
import type { Provider } from "./place.ts";

export interface Authorization {
  /** Value of the `Authorization` header. */
  readonly header: string;
  /** Every form in which the secret could come back in an answer. */
  readonly secrets: readonly string[];
}

export interface AuthorizationSources {
  readonly tokenFile?: string | undefined;
  readonly credentials?: CredentialSource | undefined;
}

/** The file is read anew for each request, since a mounted Secret can be renewed. Throws Failure FORGE_AUTH. */
export async function authorizationFor(
  provider: Provider,
  { tokenFile, credentials }: AuthorizationSources,
): Promise<Authorization> {
  if (tokenFile !== undefined) return byToken(provider, await readToken(tokenFile));
  const current = await credentials?.();
  if (current === undefined) {
    throw new Failure("FORGE_AUTH", "neither --git-api-token-file nor credentials for Git are there");
  }
  const { username, password } = current;
  // GitHub takes nothing but tokens, whatever user name stands beside one.
  if (provider === "github") return byToken(provider, password);
  const basic = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  return { header: `Basic ${basic}`, secrets: [basic, encodeURIComponent(password), password] };
}

function byToken(provider: Provider, token: string): Authorization {
  // Nothing in a token may end the header.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Failure("FORGE_AUTH", token === "" ? "the token is empty" : "the token is malformed");
  }
  return { header: `${provider === "github" ? "Bearer" : "token"} ${token}`, secrets: [token] };
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new Failure("FORGE_AUTH", `the token file ${file} cannot be read (${code})`);
  }
}
