/**
 * What a commit of bluegreen says about itself in Git trailers, so that a later run can take up where an earlier one
 * stopped. Written and read by Git's own rules (`git interpret-trailers`), for messages that anybody may have written.
 */
import { printable } from "../text.ts";
import type { ServiceRef } from "../world.ts";

export const trailerNames = [
  "Bluegreen-Action",
  "Bluegreen-Run",
  "Bluegreen-Service",
  "Bluegreen-Restore-Version",
  "Bluegreen-From-Revision",
  "Bluegreen-To-Revision",
  "Bluegreen-After-Revision",
  "Bluegreen-From-Value",
  "Bluegreen-To-Value",
] as const;
export type TrailerName = (typeof trailerNames)[number];

/** `Bluegreen-Service` is `namespace/name`. */
export type Trailers = Readonly<Partial<Record<TrailerName, string>>>;

/** What `Bluegreen-Service` says. */
export function serviceTrailer(ref: ServiceRef): string {
  return `${ref.namespace}/${ref.name}`;
}

export interface MessageParts {
  readonly subject: string;
  readonly body?: string | undefined;
  readonly trailers: Trailers;
  /** Of the further models that the same commit is about. */
  readonly also?: readonly Trailers[];
  /** Further ones, none of them named like ours (`parseExtraTrailer`). */
  readonly extra?: readonly Trailer[];
  /** `Name <mail>` of who signs off. */
  readonly signOff?: string | undefined;
}

const maxValueLength = 400;

/**
 * The whole commit message. Subject and values are put on one line each; empty values are left out. Git reads back
 * exactly these trailers, whatever the body holds.
 */
export function formatMessage(parts: MessageParts): string {
  const subject = printable(parts.subject) || "bluegreen";
  const body = tidyBody(parts.body ?? "");
  const own = [parts.trailers, ...(parts.also ?? [])].flatMap((trailers) =>
    trailerNames.map((token) => ({ token, value: trailers[token] ?? "" })),
  );
  // Of two trailers of one name a reader takes the last: ours stand behind whatever a team adds.
  const all = [...(parts.extra ?? []), ...own, { token: "Signed-off-by", value: parts.signOff ?? "" }];
  const trailers = all.flatMap(({ token, value }) => {
    const line = printable(value, maxValueLength);
    return line === "" ? [] : [`${token}: ${line}`];
  });
  return `${[subject, body, trailers.join("\n")].filter((part) => part !== "").join("\n\n")}\n`;
}

/** A line that starts with `---` would end the message for `git am` and `git interpret-trailers`: it gets indented. */
function tidyBody(body: string): string {
  return body
    .split(/\r\n|\r|\n/)
    .map((line) => printable(line, 1000))
    .map((line) => (line.startsWith("---") ? ` ${line}` : line))
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\n+$/g, "");
}

/**
 * The trailers of a commit message that are ours, with their names spelled as above. Where one occurs twice, the last
 * counts; of a commit about several models, `service` chooses. Values are printable and on one line.
 */
export function parseTrailers(message: string, service?: string): Trailers {
  const groups = ownGroups(readTrailers(message));
  const chosen = groups.findLast((group) => service !== undefined && group["Bluegreen-Service"] === service);
  return chosen ?? Object.assign({}, ...groups);
}

/** Each model's trailers begin with its action. */
function ownGroups(trailers: readonly Trailer[]): readonly Trailers[] {
  let current: Partial<Record<TrailerName, string>> = {};
  const groups = [current];
  for (const { token, value } of trailers) {
    const name = trailerNames.find((known) => known.toLowerCase() === token.toLowerCase());
    const text = printable(value);
    if (name === undefined || text === "") continue;
    if (name === "Bluegreen-Action") {
      current = {};
      groups.push(current);
    }
    current[name] = text;
  }
  return groups;
}

export interface Trailer {
  readonly token: string;
  readonly value: string;
}

/** Every trailer of a message in order, continuation lines unfolded: as `git interpret-trailers --parse --no-divider`. */
export function readTrailers(message: string): readonly Trailer[] {
  const found: { token: string; value: string }[] = [];
  /** What a continuation line continues; nothing after a line that is no trailer. */
  let last: { token: string; value: string } | undefined;
  for (const line of lastBlock(message.split("\n"))) {
    if (isIndented(line) && last !== undefined) {
      last.value = last.value === "" ? line.trim() : `${last.value} ${line.trim()}`;
      continue;
    }
    last = parseLine(line);
    if (last !== undefined) found.push(last);
  }
  return found;
}

function parseLine(line: string): { token: string; value: string } | undefined {
  const token = tokenOf(line);
  return token === undefined
    ? undefined
    : { token: token.trim(), value: line.slice(token.length + 1).trim() };
}

/** Lines that Git writes itself; beside one of these, a block may hold other text too. */
const gitGenerated = ["Signed-off-by: ", "(cherry picked from commit "];

/**
 * As `find_trailer_block_start` in Git's trailer.c: the last paragraph, never the first one, and only if it is a block
 * of trailers.
 */
function lastBlock(all: readonly string[]): readonly string[] {
  const lines = all.slice(0, endOfText(all));
  const end = lines.findLastIndex((line) => !isBlank(line) && !isComment(line)) + 1;
  const start = lines.slice(0, end).findLastIndex(isBlank) + 1;
  const block = lines.slice(start, end);
  return start > 0 && isTrailerBlock(block) ? block : [];
}

/** As `ignore_non_trailer`: empty lines, comments and an old list of conflicts at the end do not count. */
function endOfText(lines: readonly string[]): number {
  let end: number | undefined;
  let conflicts = false;
  for (const [index, line] of lines.entries()) {
    const opens = line === "Conflicts:" && index < lines.length - 1;
    const listed: boolean = conflicts && line.startsWith("\t");
    const ignored: boolean = opens || listed || line === "" || isComment(line);
    conflicts = ignored && (conflicts || opens);
    end = ignored ? (end ?? index) : undefined;
  }
  return end ?? lines.length;
}

function isTrailerBlock(block: readonly string[]): boolean {
  const generated = block.some(isGitGenerated);
  let trailers = 0;
  let others = 0;
  let insideTrailer = false;
  for (const line of block) {
    const continues = isIndented(line);
    // A continuation line belongs to what stands above it.
    if (!continues) insideTrailer = isGitGenerated(line) || tokenOf(line) !== undefined;
    if (isComment(line)) continue;
    if (!insideTrailer) others++;
    else if (!continues) trailers++;
  }
  return generated ? trailers * 3 >= others : others === 0;
}

function isGitGenerated(line: string): boolean {
  return gitGenerated.some((prefix) => line.startsWith(prefix));
}

function isBlank(line: string): boolean {
  return /^[ \t\r]*$/.test(line);
}

function isIndented(line: string): boolean {
  return /^[ \t\r]/.test(line);
}

function isComment(line: string): boolean {
  return line.startsWith("#");
}

/** What stands before the colon where the line is `token:` or `token :`. */
function tokenOf(line: string): string | undefined {
  return /^([A-Za-z0-9-]+[ \t]*):/.exec(line)?.[1];
}
