/** Git's framing of lines (gitprotocol-common): four hex digits of length, then that many bytes less four. */
import { Failure } from "../errors/failure.ts";

/** Ends a list: a packet without content. */
export const flush = "0000";

export function pktLine(text: string): Buffer {
  const content = Buffer.from(text, "utf8");
  return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, "0")), content]);
}

/** The packets of an answer in order; `undefined` stands for a flush or delimiter. Throws GIT_PROTOCOL on anything else. */
export function parsePackets(bytes: Buffer): readonly (Buffer | undefined)[] {
  const packets: (Buffer | undefined)[] = [];
  let at = 0;
  while (at < bytes.length) {
    const digits = bytes.toString("latin1", at, at + 4);
    if (!/^[0-9a-f]{4}$/i.test(digits))
      throw new Failure("GIT_PROTOCOL", "the answer is not framed in Git's way");
    const length = Number.parseInt(digits, 16);
    const end = at + Math.max(length, 4);
    if (end > bytes.length) throw new Failure("GIT_PROTOCOL", "the answer ends in the middle of a line");
    packets.push(length < 4 ? undefined : bytes.subarray(at + 4, end));
    at = end;
  }
  return packets;
}

/** A packet as text, without the line feed at its end. */
export function lineOf(packet: Buffer): string {
  return packet.toString("utf8").replace(/\n$/, "");
}
