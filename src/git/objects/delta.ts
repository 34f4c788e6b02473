/** Deltas: an object as copies of parts of another and as new bytes between (gitformat-pack). */
import { Failure } from "../../errors/failure.ts";

/** Sizes that a delta claims, before anything is made of it. */
export interface DeltaHead {
  readonly baseSize: number;
  readonly size: number;
  /** Where its instructions start. */
  readonly start: number;
}

export function readDeltaHead(delta: Buffer): DeltaHead {
  const base = readSize(delta, 0);
  const result = readSize(delta, base.next);
  return { baseSize: base.size, size: result.size, start: result.next };
}

function readSize(bytes: Buffer, from: number): { size: number; next: number } {
  let size = 0;
  // Seven bytes hold 49 bits: more than any object has, and a double still counts exactly.
  for (let index = 0; index < 7; index++) {
    const byte = bytes[from + index];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { size, next: from + index + 1 };
  }
  throw damaged();
}

/** Throws GIT_PROTOCOL where the delta does not fit `base`. */
export function applyDelta(base: Buffer, delta: Buffer, { baseSize, size, start }: DeltaHead): Buffer {
  if (base.length !== baseSize) throw damaged();
  const result = Buffer.allocUnsafe(size);
  let filled = 0;
  for (let at = start; at < delta.length; ) {
    const { source, from, length, next } = readInstruction(base, delta, at);
    if (from + length > source.length || filled + length > size) throw damaged();
    source.copy(result, filled, from, from + length);
    filled += length;
    at = next;
  }
  if (filled !== size) throw damaged();
  return result;
}

/** Which bytes come next: a part of the base, or of the delta itself. */
interface Instruction {
  readonly source: Buffer;
  readonly from: number;
  readonly length: number;
  readonly next: number;
}

function readInstruction(base: Buffer, delta: Buffer, at: number): Instruction {
  const code = delta[at] ?? 0;
  if (code === 0) throw damaged();
  if (code < 0x80) return { source: delta, from: at + 1, length: code, next: at + 1 + code };
  return { source: base, ...readCopy(delta, at + 1, code) };
}

/** Bits of `code` tell which bytes of the offset (four) and of the length (three) follow; the others are zero. */
function readCopy(delta: Buffer, start: number, code: number): Omit<Instruction, "source"> {
  let at = start;
  const read = (bits: readonly number[]) =>
    bits.reduce((value, bit, index) => {
      if ((code & bit) === 0) return value;
      const byte = delta[at];
      if (byte === undefined) throw damaged();
      at += 1;
      return value + byte * 2 ** (8 * index);
    }, 0);
  const from = read([0x01, 0x02, 0x04, 0x08]);
  const length = read([0x10, 0x20, 0x40]) || 0x10000;
  return { from, length, next: at };
}

function damaged(): Failure {
  return new Failure("GIT_PROTOCOL", "the server sent a damaged pack (delta)");
}
