import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { readLines } from "../../src/kube/lines.ts";

const limits = { silenceMs: 60_000, maxLength: 10 };

describe("lines of a stream", () => {
  async function read(parts: readonly (string | Buffer)[]): Promise<string[]> {
    const stream = new PassThrough();
    for (const part of parts) stream.write(part);
    stream.end();
    const lines: string[] = [];
    for await (const line of readLines(stream, limits)) lines.push(line);
    assert.ok(stream.destroyed);
    return lines;
  }

  it("are put together from parts that end anywhere, within a character too", async () => {
    const emoji = Buffer.from("🐳");
    const parts = ["a\nb", "c\n\n", emoji.subarray(0, 2), emoji.subarray(2), "\n"];
    assert.deepEqual(await read(parts), ["a", "bc", "🐳"]);
  });

  it("may not be too long", async () => {
    await assert.rejects(read(["x".repeat(11), "\n"]), /a line that is too long/);
  });

  it("may not end in the middle", async () => {
    await assert.rejects(read(["a\n", "b"]), /ended in the middle of a line/);
  });

  it("destroy the stream when the reader leaves", async () => {
    const stream = new PassThrough();
    stream.write("a\n");
    for await (const _ of readLines(stream, limits)) break;
    assert.ok(stream.destroyed);
  });
});
