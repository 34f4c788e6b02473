/** Commits as bytes. */
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import type { GitPerson } from "../../ports.ts";
import type { ObjectReader } from "../source.ts";

export interface ParsedCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  /** Of the committer, in seconds since the epoch. */
  readonly time: number;
  readonly message: string;
}

export interface NewCommit {
  readonly tree: string;
  readonly parent: string;
  readonly author: GitPerson;
  readonly committer: GitPerson;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly message: string;
}

/** A commit, or undefined where the server has none of this id. */
export async function readCommit(reader: ObjectReader, id: string): Promise<ParsedCommit | undefined> {
  const bytes = await reader.read(id, "commit");
  return bytes === undefined ? undefined : parseCommit(bytes);
}

/** Throws GIT_PROTOCOL where the bytes are no commit. */
export function parseCommit(bytes: Uint8Array): ParsedCommit {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const end = text.indexOf("\n\n");
  const lines = (end === -1 ? text : text.slice(0, end)).split("\n");
  const tree = headerOf(lines, "tree")[0];
  if (tree === undefined) throw new Failure("GIT_PROTOCOL", "the repository holds a damaged commit");
  return {
    tree,
    parents: headerOf(lines, "parent"),
    author: parsePerson(headerOf(lines, "author")[0] ?? "").person,
    time: parsePerson(headerOf(lines, "committer")[0] ?? "").time,
    message: end === -1 ? "" : text.slice(end + 2),
  };
}

/** Continuation lines (of a signature) start with a space and so match no name. */
function headerOf(lines: readonly string[], name: string): readonly string[] {
  return lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
}

function parsePerson(line: string): { person: GitPerson; time: number } {
  const open = line.lastIndexOf("<");
  const close = line.indexOf(">", open);
  const name = printable(open === -1 ? line : line.slice(0, open), 200);
  const email = open === -1 ? "" : printable(line.slice(open + 1, close === -1 ? undefined : close), 200);
  const time = Number.parseInt(line.slice(close + 1), 10);
  return { person: { name, email }, time: Number.isFinite(time) ? time : 0 };
}

export function formatCommit(commit: NewCommit): Uint8Array {
  const headers = [
    `tree ${commit.tree}`,
    `parent ${commit.parent}`,
    `author ${formatPerson(commit.author)} ${commit.time} +0000`,
    `committer ${formatPerson(commit.committer)} ${commit.time} +0000`,
  ];
  return Buffer.from(`${headers.join("\n")}\n\n${commit.message}`, "utf8");
}

/**
 * The commit with its signature in a header of its own, whose further lines begin with a space. Signed is the commit as
 * it is without that header (Documentation/gitformat-signature).
 */
export function withSignature(commit: Uint8Array, armored: string): Uint8Array {
  const text = Buffer.from(commit).toString("utf8");
  const end = text.indexOf("\n\n");
  const lines = armored.trimEnd().split(/\r?\n/).join("\n ");
  return Buffer.from(`${text.slice(0, end)}\ngpgsig ${lines}${text.slice(end)}`, "utf8");
}

/** Git allows no angle bracket and no control character in either part. */
function formatPerson({ name, email }: GitPerson): string {
  return `${withoutBrackets(name) || "bluegreen"} <${withoutBrackets(email)}>`;
}

function withoutBrackets(text: string): string {
  return printable(text.replace(/[<>]/g, ""), 200);
}
