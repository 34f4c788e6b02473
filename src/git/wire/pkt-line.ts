/** Git's framing of lines (gitprotocol-common): four hex digits of length, then that many bytes less four. */
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";

/** Ends a list: a packet without content. */
export const flush = "0000";
/** Parts a version 2 command from its arguments, and the sections of an answer. */
export const delimiter = "0001";

/** A packet's content, or one of the packets that have none. */
export type Packet = Buffer | "flush" | "delimiter" | "end";

/** Bytes of the longest packet that Git knows, its length included. */
const maxPacket = 65_520;

export function pktLine(text: string): Buffer {
  const content = Buffer.from(text, "utf8");
  return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, "0")), content]);
}

export interface ReadPacket {
  readonly packet: Packet;
  /** Where the next one starts. */
  readonly next: number;
}

/** The packet at `at`. Throws GIT_PROTOCOL where there is none, or not all of one. */
export function readPacket(bytes: Buffer, at: number): ReadPacket {
  const digits = bytes.toString("latin1", at, at + 4);
  const length = Number.parseInt(digits, 16);
  if (!/^[0-9a-f]{4}$/i.test(digits) || length === 3 || length > maxPacket)
    throw new Failure("GIT_PROTOCOL", "the answer is not framed in Git's way");
  if (length < 4) return { packet: special[length] ?? "end", next: at + 4 };
  if (at + length > bytes.length)
    throw new Failure("GIT_PROTOCOL", "the answer ends in the middle of a line");
  return { packet: bytes.subarray(at + 4, at + length), next: at + length };
}

const special = ["flush", "delimiter", "end"] as const;

/** The packets of an answer in order. Throws GIT_PROTOCOL on anything else. */
export function parsePackets(bytes: Buffer, from = 0): readonly Packet[] {
  const packets: Packet[] = [];
  for (let at = from; at < bytes.length; ) {
    const { packet, next } = readPacket(bytes, at);
    packets.push(packet);
    at = next;
  }
  return packets;
}

/** As `parsePackets`, of an answer that a flush ends: one that was cut at the border of two lines must not pass for whole. */
export function parseWhole(bytes: Buffer): readonly Packet[] {
  const packets = parsePackets(bytes);
  if (packets.at(-1) !== "flush") throw new Failure("GIT_PROTOCOL", "the answer has no end");
  return packets;
}

/** A packet as text, without the line feed at its end; empty for one without content. */
export function lineOf(packet: Packet): string {
  return typeof packet === "string" ? "" : packet.toString("utf8").replace(/\n$/, "");
}

/** What a server writes instead of an answer (`ERR <explanation>`), or undefined. */
export function refusalIn(packet: Packet): string | undefined {
  const line = typeof packet === "string" ? "" : lineOf(packet.subarray(0, 2000));
  return line.startsWith("ERR ") ? printable(line.slice("ERR ".length), 300) : undefined;
}
