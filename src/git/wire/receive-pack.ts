/** The push's two messages (gitprotocol-pack): the update, and what became of it. */
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import { flush, lineOf, parsePackets, pktLine } from "./pkt-line.ts";
import { demultiplex } from "./side-band.ts";

/** The capabilities that the server advertised. */
export interface Offered {
  has(capability: string): boolean;
}

export interface RefUpdate {
  /** Full name. */
  readonly ref: string;
  readonly from: string;
  readonly to: string;
}

/** The body of the push: one update from `from` (compare-and-swap, checked by the server) and the new objects. */
export function formatUpdate(update: RefUpdate, offered: Offered, pack: Uint8Array): Buffer {
  // Some servers hang up on a capability that they did not offer.
  const status = offered.has("report-status-v2") ? "report-status-v2" : "report-status";
  const wanted = [status, "side-band-64k"].filter((name) => offered.has(name));
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

/** Parses the answer to a push. Throws GIT_PROTOCOL where it does not say what became of the update. */
export function parseReport(bytes: Buffer, { ref, to }: RefUpdate, offered: Offered): UpdateReport {
  const { data, messages } = offered.has("side-band-64k")
    ? demultiplex(parsePackets(bytes))
    : { data: bytes, messages: [] };
  const lines = parsePackets(data).map(lineOf);
  const unpack = lines.find((line) => line.startsWith("unpack "))?.slice("unpack ".length);
  if (unpack !== undefined && unpack !== "ok") {
    return { kind: "rejected", reason: `unpack: ${printable(unpack)}`, messages };
  }
  const refused = lines.find((line) => line.startsWith(`ng ${ref} `));
  if (refused !== undefined) {
    return { kind: "rejected", reason: printable(refused.slice(`ng ${ref} `.length)), messages };
  }
  if (accepted(lines, ref, to)) return { kind: "updated" };
  throw new Failure(
    "GIT_PROTOCOL",
    `the answer to the push does not say what became of it${quote(messages)}`,
  );
}

/** With report-status-v2 a server tells by options where it put something else, or put it elsewhere. */
function accepted(lines: readonly string[], ref: string, to: string): boolean {
  const at = lines.indexOf(`ok ${ref}`);
  if (at === -1) return false;
  const after = lines.slice(at + 1);
  const end = after.findIndex((line) => !line.startsWith("option "));
  const options = end === -1 ? after : after.slice(0, end);
  return options.every((option) => {
    const [, name, value] = option.split(" ");
    return (name !== "refname" || value === ref) && (name !== "new-oid" || value === to);
  });
}

function quote(messages: readonly string[]): string {
  return messages.length === 0 ? "" : `: ${messages.join(" / ")}`;
}

/** How servers say that the branch was moved by somebody else: git, GitHub, Gitaly, JGit. */
const raceWords =
  /non-fast-forward|fetch first|stale info|cannot lock ref|incorrect old value provided|failed to lock|lock failure|does not point to expected/i;
const declinedWords = /declined|denied|protected|prohibited|not allowed|not permitted|hidden ref|unpack/i;

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
