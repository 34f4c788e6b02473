/** Several streams in one (gitprotocol-capabilities, side-band-64k). */
import { printable } from "../../core/text.ts";
import type { Packet } from "./pkt-line.ts";

export interface Demultiplexed {
  readonly data: Buffer;
  /** What the server, or a hook on it, wrote for people: printable, at most `maxMessages` lines. */
  readonly messages: readonly string[];
  /** Whether the server gave up. */
  readonly fatal: boolean;
}

const maxMessages = 1000;

/** Band 1 is data, 2 is text for people, 3 a fatal error. */
export function demultiplex(packets: readonly Packet[]): Demultiplexed {
  const contents = packets.filter((packet) => typeof packet !== "string");
  const band = (number: number) =>
    contents.filter((packet) => packet[0] === number).map((packet) => packet.subarray(1));
  const fatal = band(3);
  const messages = Buffer.concat([...band(2), ...fatal])
    .toString("utf8")
    .split(/[\r\n]+/)
    .map((line) => printable(line))
    .filter((line) => line !== "")
    .slice(-maxMessages);
  return { data: Buffer.concat(band(1)), messages, fatal: fatal.length > 0 };
}
