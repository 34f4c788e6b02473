import { readFile } from "node:fs/promises";
import { Failure } from "../errors/failure.ts";

/** How to prove who asks. Files are read anew for every request: Kubernetes rotates them. */
export type Credentials =
  | { readonly tokenFile: string }
  | { readonly usernameFile: string; readonly passwordFile: string }
  | { readonly token: () => Promise<string> }
  | { readonly username: string; readonly password: string };

export interface Authorization {
  /** Value of the `Authorization` header. */
  readonly header: string;
  /** Every form in which the secret could come back in an answer. */
  readonly secrets: readonly string[];
}

/** Throws METRICS_AUTH where there is no usable token; nothing that was read is shown. */
export async function readAuthorization(
  credentials: Credentials | undefined,
): Promise<Authorization | undefined> {
  if (credentials === undefined) return undefined;
  if ("username" in credentials) return basic(credentials.username, credentials.password);
  if ("usernameFile" in credentials) {
    const username = await readSecret(credentials.usernameFile, "user name");
    return basic(
      withoutNewline(username),
      withoutNewline(await readSecret(credentials.passwordFile, "password")),
    );
  }
  const token =
    "tokenFile" in credentials ? await readSecret(credentials.tokenFile, "token") : await credentials.token();
  const trimmed = token.trim();
  // RFC 6750's b64token, so that nothing in the file can end the header.
  if (!/^[\w.~+/-]+=*$/.test(trimmed)) {
    throw new Failure("METRICS_AUTH", trimmed === "" ? "the token is empty" : "the token is malformed");
  }
  return { header: `Bearer ${trimmed}`, secrets: [trimmed] };
}

/** An editor's last newline is no part of a secret; other white space may be. */
function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}

async function readSecret(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new Failure("METRICS_AUTH", `the ${what} file ${path} cannot be read (${code})`);
  }
}

function basic(username: string, password: string): Authorization {
  // RFC 7617: the first colon ends the user name, and control characters are not allowed.
  if (username.includes(":") || /\p{Cc}/u.test(username + password)) {
    throw new Failure(
      "METRICS_AUTH",
      "the user name or password holds a character that basic authentication forbids",
    );
  }
  const encoded = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  return { header: `Basic ${encoded}`, secrets: [encoded, password] };
}

/** Takes secrets out of text that a server sent. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== "")
    .reduce((rest, secret) => rest.replaceAll(secret, "(redacted)"), text);
}
