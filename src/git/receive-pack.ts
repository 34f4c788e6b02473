/** The push's two messages (gitprotocol-pack): what the server offers, and what became of an update. */
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import { flush, lineOf, parsePackets, pktLine } from "./pkt-line.ts";

export interface Advertisement {
  /** Full name → commit id. */
  readonly refs: ReadonlyMap<string, string>;
  readonly capabilities: ReadonlySet<string>;
}

/** Parses the answer to `GET info/refs?service=git-receive-pack`. */
export function parseAdvertisement(bytes: Buffer): Advertisement {
  const refs = new Map<string, string>();
  let capabilities: ReadonlySet<string> = new Set();
  for (const packet of parsePackets(bytes)) {
    const line = packet === undefined ? "" : lineOf(packet);
    const match = /^([0-9a-f]{40}(?:[0-9a-f]{24})?) ([^\0]+)(?:\0(.*))?$/.exec(line);
    if (match === null) continue;
    const [, id = "", name = "", offered] = match;
    if (offered !== undefined) capabilities = new Set(offered.trim().split(/ +/));
    // An empty repository offers its capabilities under a name of this form.
    if (name !== "capabilities^{}") refs.set(name, id);
  }
  return { refs, capabilities };
}

export interface RefUpdate {
  /** Full name. */
  readonly ref: string;
  readonly from: string;
  readonly to: string;
}

/** The body of the push: one update from `from` (compare-and-swap, checked by the server) and the new objects. */
export function formatUpdate(update: RefUpdate, offered: ReadonlySet<string>, pack: Uint8Array): Buffer {
  // Some servers hang up on a capability that they did not offer.
  const wanted = ["report-status", "side-band-64k"].filter((name) => offered.has(name));
  const command = `${update.from} ${update.to} ${update.ref}\0 ${wanted.join(" ")}`;
  return Buffer.concat([pktLine(command), Buffer.from(flush), pack]);
}

export type UpdateReport =
  | { readonly kind: "updated" }
  | {
      readonly kind: "rejected";
      /** The server's reason, e.g. `pre-receive hook declined`. */
      readonly reason: string;
      /** What the server, or a hook on it, wrote for people. */
      readonly messages: readonly string[];
    };

/** Parses the answer to a push. Throws GIT_PROTOCOL where it does not say what became of `ref`. */
export function parseReport(bytes: Buffer, ref: string, offered: ReadonlySet<string>): UpdateReport {
  const { report, messages } = offered.has("side-band-64k")
    ? demultiplex(bytes)
    : { report: bytes, messages: [] };
  const lines = parsePackets(report).map((packet) => (packet === undefined ? "" : lineOf(packet)));
  const unpack = lines.find((line) => line.startsWith("unpack "))?.slice("unpack ".length);
  if (unpack !== undefined && unpack !== "ok") {
    return { kind: "rejected", reason: `unpack: ${printable(unpack)}`, messages };
  }
  const refused = lines.find((line) => line.startsWith(`ng ${ref} `));
  if (refused !== undefined) {
    return { kind: "rejected", reason: printable(refused.slice(`ng ${ref} `.length)), messages };
  }
  if (lines.includes(`ok ${ref}`)) return { kind: "updated" };
  throw new Failure(
    "GIT_PROTOCOL",
    `the answer to the push does not say what became of it${quote(messages)}`,
  );
}

interface Demultiplexed {
  readonly report: Buffer;
  readonly messages: readonly string[];
}

/** Band 1 is the report, 2 is text for people, 3 a fatal error. */
function demultiplex(bytes: Buffer): Demultiplexed {
  const bands: Record<number, Buffer[]> = { 1: [], 2: [], 3: [] };
  for (const packet of parsePackets(bytes)) {
    if (packet !== undefined) bands[packet[0] ?? 0]?.push(packet.subarray(1));
  }
  const [report = [], progress = [], fatal = []] = [bands[1], bands[2], bands[3]];
  const messages = Buffer.concat([...progress, ...fatal])
    .toString("utf8")
    .split(/[\r\n]+/)
    .map((line) => printable(line))
    .filter((line) => line !== "");
  return { report: Buffer.concat(report), messages };
}

function quote(messages: readonly string[]): string {
  return messages.length === 0 ? "" : `: ${messages.join(" / ")}`;
}

/** How servers say that the branch was moved by somebody else: git, GitHub, Gitaly, JGit. */
const raceWords =
  /non-fast-forward|fetch first|stale info|cannot lock ref|incorrect old value provided|failed to lock|lock failure|does not point to expected/i;
const declinedWords = /declined|denied|protected|prohibited|not allowed|hidden ref|unpack/i;

/** Whether a rejection means that somebody was faster; "perhaps" where only a look at the branch can tell. */
export function isRace({
  reason,
  messages,
}: {
  reason: string;
  messages: readonly string[];
}): boolean | "perhaps" {
  if (raceWords.test(reason)) return true;
  if (declinedWords.test(reason)) return false;
  return messages.some((message) => raceWords.test(message)) || "perhaps";
}

/** A rejection in one line; what a hook wrote comes first. */
export function describeRejection(reason: string, messages: readonly string[]): string {
  const told = messages.filter((message) => !message.startsWith("error: failed to push"));
  return printable([...told.slice(0, 20), reason].join(" / "), 1500);
}
