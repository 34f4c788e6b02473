import assert from "node:assert/strict";
import { missingKey, type Reading, readYaml } from "../../../src/core/yaml/edit.ts";

function found(value: string | number | boolean | null, source: string): Reading {
  return { kind: "found", value, source };
}

const absent: Reading = { kind: "absent" };

const readings: readonly (readonly [string, string, string, Reading])[] = [
  ["a number", "a:\n  b: 20 # x\n", "a.b", found(20, "20")],
  ["a version of digits", "v: 1234567890\n", "v", found(1234567890, "1234567890")],
  ["a version with an e", "v: 12345e6789\n", "v", found(Number.POSITIVE_INFINITY, "12345e6789")],
  ["a version with leading zeros", "v: 0012\n", "v", found(12, "0012")],
  ["a plain text", "v: 4562a17c17\n", "v", found("4562a17c17", "4562a17c17")],
  ["a quoted text", 'v: "12"\n', "v", found("12", "12")],
  ["a quoted text with an escape", "v: 'it''s'\n", "v", found("it's", "it's")],
  ["a block scalar", "v: |\n  x\n", "v", found("x\n", "x\n")],
  ["a bool", "v: true\n", "v", found(true, "true")],
  ["a null", "v: ~\n", "v", found(null, "~")],
  ["no value", "v:\n", "v", found(null, "")],
  ["no colon", "? v\n", "v", found(null, "")],
  ["an alias", "a: &a 1\nv: *a\n", "v", found(1, "1")],
  ["a map by alias", "a: &a {b: 1}\nv: *a\n", "v.b", found(1, "1")],
  ["a merged value", "a: &a {b: 1}\nv:\n  <<: *a\n", "v.b", found(1, "1")],
  ["a merged null", "a: &a {b: ~}\nv:\n  <<: *a\n", "v.b", found(null, "~")],
  ["the second document", "a: 1\n---\nb: 2\n", "b", found(2, "2")],
  ["no file", "", "a", absent],
  ["no key", "a: {}\n", "a.b", absent],
  ["nothing on the way", "a:\n", "a.b", absent],
  ["no key in two documents", "a: 1\n---\nb: 2\n", "c", absent],
];

const refusals: readonly (readonly [string, string, string, string])[] = [
  ["AMBIGUOUS", "two documents have it", "a: 1\n---\na: 1\n", "a"],
  ["INVALID_PATH", "no path", "a: 1\n", ""],
  ["INVALID_YAML", "broken", "a: {\n", "a"],
  ["NOT_A_MAP", "a number on the way", "a: 1\n", "a.b"],
  ["UNSUPPORTED_STYLE", "a map", "a: {}\n", "a"],
  ["UNSUPPORTED_STYLE", "a list", "a: []\n", "a"],
];

describe("readYaml", () => {
  for (const [name, text, path, expected] of readings) {
    it(name, () => {
      assert.deepEqual(readYaml(text, path), expected);
    });
  }

  for (const [error, name, text, path] of refusals) {
    it(`refuses ${error}: ${name}`, () => {
      const reading = readYaml(text, path);

      assert.equal(reading.kind === "refused" ? reading.error : reading.kind, error);
    });
  }
});

describe("the key that a file lacks", () => {
  const rows: readonly (readonly [what: string, text: string, path: string, expected: ReturnType<typeof missingKey>])[] = [
    ["is named with those beside it", "b: 2\nd: 1\n", "c", { key: "c", beside: ["b", "d"] }],
    ["is the first of the path", "a: {}\n", "a.b.c", { key: "b", beside: [] }],
    ["is beside no key that is a list", "? [a]\n: 1\nb: 2\n", "c", { key: "c", beside: ["b"] }],
    ["is none where it is there", "a: 1\n", "a", undefined],
    ["is none where an anchor brings it", "a: &x\n  b: 1\nd:\n  <<: *x\n", "d.b", undefined],
    ["is none of a file that cannot be read", "a: {\n", "b", undefined],
    ["is none where several documents could lack it", "a: 1\n---\nb: 1\n", "c", undefined],
    ["is none where there is no map", "a:\n", "a.b", undefined],
  ]; // biome-ignore format: a table
  for (const [what, text, path, expected] of rows) {
    it(what, () => assert.deepEqual(missingKey(text, path), expected));
  }
});
