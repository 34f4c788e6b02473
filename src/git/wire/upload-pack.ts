/** Asks for objects (gitprotocol-v2 `fetch`, gitprotocol-pack for versions 0 and 1) and reads what comes. */
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import type { Advertisement } from "./advertisement.ts";
import {
  delimiter,
  flush,
  lineOf,
  type Packet,
  parsePackets,
  parseWhole,
  pktLine,
  readPacket,
  refusalIn,
} from "./pkt-line.ts";
import { demultiplex } from "./side-band.ts";

export interface FetchRequest {
  readonly wants: readonly string[];
  /** Commits that are here with everything that belongs to them, down to `shallow`. */
  readonly haves?: readonly string[];
  /** Commits here whose parents are not. */
  readonly shallow?: readonly string[];
  /** Commits along each line of history. */
  readonly depth?: number;
  /** An object filter, e.g. `tree:0` (git-rev-list, --filter). */
  readonly filter?: string;
}

export type FetchAnswer =
  | { readonly kind: "refused"; readonly detail: string }
  | {
      readonly kind: "pack";
      readonly pack: Buffer;
      /** Commits that are now without their parents, and those that no longer are. */
      readonly shallow: readonly string[];
      readonly unshallow: readonly string[];
    };

const agent = "agent=git/bluegreen";

/** What the server can be asked for. */
export interface Abilities {
  readonly filter: boolean;
  readonly shallow: boolean;
  /** Any object by its id, not only the heads of branches. */
  readonly anyWant: boolean;
}

export function abilitiesOf({ version, capabilities }: Advertisement): Abilities {
  if (version === 2) {
    const features = (capabilities.get("fetch") ?? "").split(" ");
    // Version 2 has no list of refs at hand, so its servers give every object that they have.
    return { filter: features.includes("filter"), shallow: features.includes("shallow"), anyWant: true };
  }
  return {
    filter: capabilities.has("filter"),
    shallow: capabilities.has("shallow"),
    // There is no name of its own for git's `allowAnySHA1InWant`, which is this and more.
    anyWant: capabilities.has("allow-reachable-sha1-in-want"),
  };
}

export function formatListRefs(prefix: string): Buffer {
  return Buffer.concat([...commandLines("ls-refs"), pktLine(`ref-prefix ${prefix}\n`), Buffer.from(flush)]);
}

function commandLines(command: string): readonly Buffer[] {
  return [pktLine(`command=${command}\n`), pktLine(`${agent}\n`), Buffer.from(delimiter)];
}

/** Full name → commit id. */
export function parseListRefs(bytes: Buffer): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  for (const packet of parseWhole(bytes)) {
    if (typeof packet === "string") continue;
    const refusal = refusalIn(packet);
    if (refusal !== undefined) throw new Failure("GIT_PROTOCOL", `the server says: ${refusal}`);
    const match = /^([0-9a-f]{40}) (\S.*)$/.exec(lineOf(packet));
    if (match === null) throw new Failure("GIT_PROTOCOL", "the list of branches cannot be read");
    const [, id = "", name = ""] = match;
    refs.set(name, id);
  }
  return refs;
}

export function formatFetch(request: FetchRequest, { version, capabilities }: Advertisement): Buffer {
  return version === 2 ? formatVersion2(request) : formatVersion0(request, capabilities);
}

function formatVersion2(request: FetchRequest): Buffer {
  const { wants, haves = [] } = request;
  const lines = [
    "thin-pack",
    "no-progress",
    "ofs-delta",
    ...wants.map((id) => `want ${id}`),
    ...limitsOf(request),
    ...haves.map((id) => `have ${id}`),
    "done",
  ];
  return Buffer.concat([
    ...commandLines("fetch"),
    ...lines.map((line) => pktLine(`${line}\n`)),
    Buffer.from(flush),
  ]);
}

const capabilitiesWanted = ["thin-pack", "no-progress", "ofs-delta", "side-band-64k", "shallow", "filter"];

function formatVersion0(request: FetchRequest, offered: ReadonlyMap<string, string>): Buffer {
  const { wants, haves = [] } = request;
  // Some servers hang up on a capability that they did not offer.
  const capabilities = [...capabilitiesWanted.filter((name) => offered.has(name)), agent];
  const wanted = wants.map((id, index) => `want ${id}${index === 0 ? ` ${capabilities.join(" ")}` : ""}`);
  return Buffer.concat([
    ...[...wanted, ...limitsOf(request)].map((line) => pktLine(`${line}\n`)),
    Buffer.from(flush),
    ...[...haves.map((id) => `have ${id}`), "done"].map((line) => pktLine(`${line}\n`)),
  ]);
}

function limitsOf({ shallow = [], depth, filter }: FetchRequest): readonly string[] {
  return [
    ...shallow.map((id) => `shallow ${id}`),
    ...(depth === undefined ? [] : [`deepen ${depth}`]),
    ...(filter === undefined ? [] : [`filter ${filter}`]),
  ];
}

export function parseFetch(bytes: Buffer, { version, capabilities }: Advertisement): FetchAnswer {
  if (version === 2) return parseVersion2(parsePackets(bytes));
  return parseVersion0(bytes, capabilities.has("side-band-64k"));
}

function parseVersion2(packets: readonly Packet[]): FetchAnswer {
  const refusal = packets.map(refusalIn).find((text) => text !== undefined);
  if (refusal !== undefined) return { kind: "refused", detail: refusal };
  const sections = sectionsOf(packets);
  const shallowInfo = sections.get("shallow-info") ?? [];
  return withPack(sections.get("packfile") ?? [], shallowInfo.map(lineOf), packets.at(-1) === "flush");
}

/** The packets of an answer under the heads of their sections. */
function sectionsOf(packets: readonly Packet[]): ReadonlyMap<string, readonly Packet[]> {
  const sections = new Map<string, Packet[]>();
  let section: Packet[] | undefined;
  for (const packet of packets) {
    if (typeof packet === "string") section = undefined;
    else if (section !== undefined) section.push(packet);
    else {
      section = [];
      sections.set(lineOf(packet.subarray(0, 100)), section);
    }
  }
  return sections;
}

const leading = /^(?:shallow |unshallow |ACK |NAK)/;

/** First the limits of the history, where a depth was asked for, and a flush; ACK and NAK; then the pack. */
function parseVersion0(bytes: Buffer, sideBand: boolean): FetchAnswer {
  const lines: string[] = [];
  let at = 0;
  while (at < bytes.length && bytes.toString("latin1", at, at + 4) !== "PACK") {
    const { packet, next } = readPacket(bytes, at);
    const refusal = refusalIn(packet);
    if (refusal !== undefined) return { kind: "refused", detail: refusal };
    if (packet !== "flush" && !leading.test(lineOf(packet))) break;
    lines.push(lineOf(packet));
    at = next;
  }
  if (!sideBand) return { kind: "pack", pack: bytes.subarray(at), ...limitsIn(lines) };
  const rest = parsePackets(bytes, at);
  return withPack(rest, lines, rest.at(-1) === "flush");
}

function withPack(packets: readonly Packet[], lines: readonly string[], ended: boolean): FetchAnswer {
  const { data, messages, fatal } = demultiplex(packets);
  if (fatal) return { kind: "refused", detail: printable(messages.join(" / "), 300) };
  if (!ended || data.length === 0) throw new Failure("GIT_PROTOCOL", "the answer has no end");
  return { kind: "pack", pack: data, ...limitsIn(lines) };
}

function limitsIn(lines: readonly string[]) {
  const idsAfter = (word: string) =>
    lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length));
  return { shallow: idsAfter("shallow "), unshallow: idsAfter("unshallow ") };
}
