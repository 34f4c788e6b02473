import { readFile } from "node:fs/promises";
import { Failure } from "../errors/failure.ts";

/** Headers of the user's, e.g. a tenant: `Name: value`, one a line, from a file (read anew each time) or as text. */
export type HeaderSource = { readonly file: string } | { readonly text: string };

/** What the client itself decides. */
const reserved = new Set(["host", "content-length", "transfer-encoding", "connection", "accept-encoding"]);

/**
 * Throws INVALID_OPTION where a line is no header, and where the file cannot be read; no value is shown, for it may be
 * a secret. Empty lines and lines that begin with `#` are skipped.
 */
export async function readHeaders(
  source: HeaderSource | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (source === undefined) return {};
  return parseHeaders("file" in source ? await readText(source.file) : source.text);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new Failure("INVALID_OPTION", `the file of Prometheus headers ${path} cannot be read (${code})`);
  }
}

function parseHeaders(text: string): Readonly<Record<string, string>> {
  const entries = text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    return [parseLine(line, index + 1)] as const;
  });
  return Object.fromEntries(entries);
}

/** RFC 9110: a token, a colon, visible ASCII. */
function parseLine(line: string, number: number): readonly [string, string] {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\x20-\x7e]*?)[ \t]*$/.exec(line) ?? [];
  if (name === undefined || value === undefined || value === "") {
    throw new Failure("INVALID_OPTION", `line ${number} of the Prometheus headers is no "Name: value"`);
  }
  if (reserved.has(name.toLowerCase())) {
    throw new Failure(
      "INVALID_OPTION",
      `line ${number} of the Prometheus headers sets ${name}, which it may not`,
    );
  }
  return [name, value];
}
