import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { Failure } from "../../../src/errors/failure.ts";
import { createContentCache } from "../../../src/git/objects/content-cache.ts";
import { objectId, type PackedObject, packLimits, readPack } from "../../../src/git/objects/pack.ts";
import { writePack } from "../../../src/git/objects/pack-writer.ts";
import { findInTree, withEntry } from "../../../src/git/objects/tree.ts";
import { parseAdvertisement } from "../../../src/git/wire/advertisement.ts";
import { parsePackets, pktLine } from "../../../src/git/wire/pkt-line.ts";
import { parseReport } from "../../../src/git/wire/receive-pack.ts";
import { parseFetch, parseListRefs } from "../../../src/git/wire/upload-pack.ts";
import { createRepository } from "../../sandbox/git/repository.ts";

const nothing = () => undefined;

function read(
  pack: Buffer,
  outside: (id: string) => PackedObject | undefined = nothing,
  limits = packLimits,
) {
  return readPack(pack, outside, createContentCache(1 << 20), limits);
}

/** A pack of entries as they are, sound but for what is in them. */
function packOf(entries: readonly Buffer[], count = entries.length): Buffer {
  const head = Buffer.from("PACK\0\0\0\u0002\0\0\0\0", "latin1");
  head.writeUInt32BE(count, 8);
  return sealed(Buffer.concat([head, ...entries]));
}

function sealed(body: Buffer): Buffer {
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}

const blob = 3;
const offsetDelta = 6;
const idDelta = 7;

/** Type and claimed size, then `base` as it is, then the compressed content. */
function entry(type: number, claimed: number, content: Buffer, base = Buffer.alloc(0)): Buffer {
  const head = [type * 16 + (claimed % 16)];
  for (let left = Math.floor(claimed / 16); left > 0; left = Math.floor(left / 128)) {
    head[head.length - 1] = (head.at(-1) ?? 0) | 0x80;
    head.push(left % 128);
  }
  return Buffer.concat([Buffer.from(head), base, deflateSync(content)]);
}

/** Sizes below 128, then: copy all of the base, add `added`. */
function delta(baseSize: number, added: string): Buffer {
  const insert = Buffer.from(added);
  return Buffer.concat([
    Buffer.from([baseSize, baseSize + insert.length, 0x90, baseSize, insert.length]),
    insert,
  ]);
}

describe("packs", () => {
  it("of real git, deltas and all, hold what they are said to hold", async () => {
    const repository = await createRepository(undefined, "main");
    try {
      const text = (number: number) =>
        Array.from({ length: 300 }, (_, line) => `${line * number}`).join("\n");
      await repository.commitMany(
        Array.from({ length: 30 }, (_, number) => ({
          files: { "a/file.txt": `${text(7)}\n${number}`, [`b/${number}`]: text(number) },
          message: `${number}\n`,
          time: 1_700_000_000 + number,
        })),
      );
      const listed = await repository.git(["rev-list", "--objects", "--no-object-names", "main"]);
      for (const options of [[], ["--delta-base-offset"]]) {
        const { stdout } = await repository.tryGit(["pack-objects", "--stdout", "-q", ...options], listed);
        const objects = read(stdout);
        assert.deepEqual([...objects.keys()].sort(), listed.trim().split("\n").sort());
        for (const [id, object] of objects) assert.equal(objectId(object.type, object.read()), id);
      }
    } finally {
      await repository.remove();
    }
  });

  it("that are written are read back, by real git too", async () => {
    const repository = await createRepository(undefined, "main");
    try {
      const contents = [0, 1, 15, 16, 127, 128, 2047, 2048, 70_000].map((size) => Buffer.alloc(size, "x"));
      const pack = writePack(contents.map((content) => ({ type: "blob", content })));
      assert.deepEqual(
        [...read(pack).values()].map((object) => object.read()),
        contents,
      );
      await repository.git(["index-pack", "--stdin", "--strict"], pack);
      for (const content of contents)
        assert.equal(
          (await repository.tryGit(["cat-file", "blob", objectId("blob", content)])).stdout.length,
          content.length,
        );
    } finally {
      await repository.remove();
    }
  });

  it("may build on what is here already, and on what comes later", () => {
    const base = Buffer.from("0123456789");
    const id = objectId("blob", base);
    const thin = packOf([entry(idDelta, 8, delta(10, "abc"), Buffer.from(id, "hex"))]);
    const outside = (wanted: string) =>
      wanted === id ? { type: "blob" as const, read: () => base } : undefined;
    assert.equal([...read(thin, outside).values()][0]?.read().toString(), "0123456789abc");
    assert.throws(() => read(thin), /a delta without its base/);
    const late = packOf([entry(idDelta, 8, delta(10, "abc"), Buffer.from(id, "hex")), entry(blob, 10, base)]);
    assert.equal(read(late).size, 2);
  });

  const zeros = Buffer.alloc(8 * 1024 * 1024);
  const hostile: Readonly<Record<string, () => Buffer>> = {
    nothing: () => Buffer.alloc(0),
    "no head": () => sealed(Buffer.alloc(20)),
    "another version": () => sealed(Buffer.from("PACK\0\0\0\u0009\0\0\0\0", "latin1")),
    "a wrong checksum": () => Buffer.concat([packOf([]).subarray(0, 12), Buffer.alloc(20)]),
    "four thousand million objects": () => packOf([], 0xffffffff),
    "more objects than it holds": () => packOf([entry(blob, 1, Buffer.from("x"))], 2),
    "fewer objects than it holds": () => packOf([entry(blob, 1, Buffer.from("x"))], 0),
    "an object that claims 4 GB": () => packOf([entry(blob, 2 ** 32, Buffer.from("x"))]),
    "an object that claims 2^60 bytes": () => packOf([Buffer.alloc(12, 0xff)]),
    "an object that claims less than it has": () => packOf([entry(blob, 10, zeros)]),
    "an object that claims more than it has": () => packOf([entry(blob, 1000, Buffer.from("x"))]),
    "an object of a type that there is not": () => packOf([entry(5, 1, Buffer.from("x"))]),
    "a delta on itself": () => packOf([entry(offsetDelta, 5, delta(1, "x"), Buffer.from([0]))]),
    "a delta on the head": () => packOf([entry(offsetDelta, 5, delta(1, "x"), Buffer.from([12]))]),
    "a delta on what is no object": () =>
      packOf([
        entry(blob, 9, Buffer.from("x".repeat(9))),
        entry(offsetDelta, 5, delta(1, "x"), Buffer.from([3])),
      ]),
    "a delta on what is nowhere": () => packOf([entry(idDelta, 5, delta(1, "x"), Buffer.alloc(20, 1))]),
    "a delta of another base": () => {
      const base = entry(blob, 2, Buffer.from("xy"));
      return packOf([base, entry(offsetDelta, 6, delta(1, "x"), Buffer.from([base.length]))]);
    },
    "a delta that is cut": () => {
      const base = entry(blob, 1, Buffer.from("x"));
      return packOf([base, entry(offsetDelta, 3, delta(1, "x").subarray(0, 3), Buffer.from([base.length]))]);
    },
  };
  for (const [what, make] of Object.entries(hostile)) {
    it(`that hold ${what} are refused`, () => {
      assert.throws(
        () => read(make()),
        (error: unknown) => error instanceof Failure && error.reason === "GIT_PROTOCOL",
      );
    });
  }

  it("of deltas that double a text again and again are refused before the memory is used up", () => {
    const limits = { ...packLimits, objectBytes: 1 << 20, workBytes: 8 << 20 };
    const chain = [entry(blob, 100_000, zeros.subarray(0, 100_000))];
    let size = 100_000;
    for (let level = 0; level < 40; level++) {
      const next = size * 2;
      const varint = (value: number) => [
        (value & 127) | 128,
        ((value >> 7) & 127) | 128,
        ((value >> 14) & 127) | 128,
        value >> 21,
      ];
      const copy = [0xf0, size & 255, (size >> 8) & 255, (size >> 16) & 255];
      const instructions = Buffer.from([...varint(size), ...varint(next), ...copy, ...copy]);
      const distance = chain.at(-1)?.length ?? 0;
      const base =
        distance < 128 ? Buffer.from([distance]) : Buffer.from([((distance >> 7) - 1) | 128, distance & 127]);
      chain.push(entry(offsetDelta, instructions.length, instructions, base));
      size = next;
    }
    assert.throws(
      () => read(packOf(chain), nothing, limits),
      /an object of \d+ bytes|more in it than is taken/,
    );
  });

  it("of a very long chain are refused, however short the deltas", () => {
    const first = entry(blob, 1, Buffer.from("x"));
    const same = Buffer.from([1, 1, 0x90, 1]);
    const link = (distance: number) => entry(offsetDelta, same.length, same, Buffer.from([distance]));
    const second = link(first.length);
    const entries = [first, second, ...Array.from({ length: 5000 }, () => link(second.length))];
    assert.throws(() => read(packOf(entries)), /too long a chain/);
  });

  it("changed anywhere, are refused or hold only what hashes to its name; in time", () => {
    const base = entry(blob, 10, Buffer.from("0123456789"));
    const body = packOf([
      base,
      entry(offsetDelta, 8, delta(10, "abc"), Buffer.from([base.length])),
      entry(2, 34, Buffer.concat([Buffer.from("100644 file.ya\0"), Buffer.alloc(19, 7)])),
    ]).subarray(0, -20);
    const edits = fc.array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const limits = { ...packLimits, objectBytes: 1 << 20, workBytes: 4 << 20 };
    fc.assert(
      fc.property(edits, (changes) => {
        const changed = Buffer.from(body);
        for (const [at, byte] of changes) changed[at] = byte;
        onlyFailures(() => {
          for (const [id, object] of read(sealed(changed), nothing, limits))
            assert.equal(objectId(object.type, object.read()), id);
        });
      }),
      { numRuns: 3000, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: true },
    );
  });
});

/** What is not Git's has to end as GIT_PROTOCOL, and nothing else. */
function onlyFailures(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== "GIT_PROTOCOL") throw error;
  }
}

describe("answers of a server", () => {
  const id = "a".repeat(40);
  const advertisements = [0, 2].map((version) => ({
    version: version as 0 | 2,
    refs: new Map(),
    capabilities: new Map([["side-band-64k", ""]]),
  }));
  const readers: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
    "a list of packets": parsePackets,
    "an advertisement": (bytes) => parseAdvertisement(bytes, "git-upload-pack"),
    "a list of refs": parseListRefs,
    "objects, version 0": (bytes) => parseFetch(bytes, advertisements[0] ?? assert.fail()),
    "objects, version 2": (bytes) => parseFetch(bytes, advertisements[1] ?? assert.fail()),
    "a push's report": (bytes) =>
      parseReport(bytes, { ref: "refs/heads/main", from: id, to: id }, new Set(["side-band-64k"])),
    "a tree": (bytes) => [findInTree(bytes, "x"), withEntry(bytes, { mode: "100644", name: "x", id })],
  };
  const line = fc.oneof(
    fc.string({ maxLength: 60 }).map(pktLine),
    fc
      .constantFrom(
        ...[
          "# service=git-upload-pack\n",
          "version 2\n",
          "packfile\n",
          "shallow-info\n",
          `shallow ${id}`,
          "NAK\n",
        ],
        ...[`${id} refs/heads/main\n`, "ERR no\n", "\u0001PACK", "\u0002text", "\u0003fatal", "unpack ok\n"],
        ...["ok refs/heads/main\n", `option new-oid ${id}\n`, "ng refs/heads/main no\n"],
      )
      .map(pktLine),
    fc.constantFrom("0000", "0001", "0002", "0003", "fff1", "zzzz").map((text) => Buffer.from(text)),
  );
  const answers = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.array(line, { maxLength: 12 }).map((lines) => Buffer.concat(lines)),
  );
  for (const [what, reader] of Object.entries(readers)) {
    it(`read as ${what}: whatever they hold, it ends, and at worst as GIT_PROTOCOL`, () => {
      fc.assert(
        fc.property(answers, (bytes) => onlyFailures(() => reader(bytes))),
        { numRuns: 2000, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: true },
      );
    });
  }
});
