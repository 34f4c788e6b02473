import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { editYaml, readYaml } from "../../../src/core/yaml/edit.ts";
import { type File, yamlFile } from "./arbitrary.ts";

const value = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((one) => Math.abs(one) < 2 ** 53),
  fc.constantFrom(
    "9f86d08188",
    "1234567890",
    "12e45",
    "yes",
    "a: b",
    "",
    "- x",
    "it's",
    'a"b\\',
    "l\nm",
    "👈",
    "a,b",
  ),
  fc.string({ unit: "grapheme", maxLength: 8 }).filter((one) => !/\p{Cs}/u.test(one)),
);

/** A file and, chosen from what it holds, a path of the wanted sort. */
function fileAndPath(paths: (file: File) => readonly string[]) {
  return yamlFile
    .filter((file) => paths(file).length > 0)
    .chain((file) => fc.record({ file: fc.constant(file), path: fc.constantFrom(...paths(file)) }));
}

function dataOf(text: string): unknown[] {
  const documents = parseAllDocuments(text);
  return [...documents].map((document) => {
    assert.deepEqual(document.errors, [], text);
    return document.toJS() as unknown;
  });
}

function keysOf(path: string): string[] {
  return path.split(/(?<!\\)\./).map((key) => key.replaceAll("\\.", "."));
}

/** The value at a path of plain data; undefined where there is none. */
function valueAt(data: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], data);
}

/** Sets the value in the document that has the first key, which is one only. */
function change(documents: readonly unknown[], path: string, to: unknown): void {
  const keys = keysOf(path);
  const [top = ""] = keys;
  let at = documents.find((data) => top in (data as object)) as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) {
    at[key] ??= {};
    at = at[key] as Record<string, unknown>;
  }
  at[keys.at(-1) ?? ""] = to;
}

/** What is left of the longer text where the two begin and end alike. */
function changedSpan(before: string, after: string): { readonly from: string; readonly to: string } {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  const room = Math.min(before.length, after.length) - start;
  while (end < room && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { from: before.slice(start, before.length - end), to: after.slice(start, after.length - end) };
}

/** The data the edit is to give, taking over that a quoted or tagged value stays a string. */
function checkEdit(file: File, path: string, wanted: number | string): string {
  const result = editYaml(file.text, path, wanted);
  assert.notEqual(result.kind, "refused", JSON.stringify({ result, path, text: file.text }));
  const text = result.kind === "refused" ? "" : result.text;
  const [expected, seen] = [dataOf(file.text), dataOf(text)];
  const old = expected.map((data) => valueAt(data, keysOf(path))).find((one) => one !== undefined);
  const plain = wanted === 0 ? 0 : wanted;
  change(expected, path, typeof old === "string" && isString(file, path) ? String(plain) : plain);
  assert.deepEqual(seen, expected);
  assert.equal(text === file.text, result.kind === "unchanged");
  assert.deepEqual(editYaml(text, path, wanted), {
    kind: "unchanged",
    text,
    before: valueAt(
      seen.find((data) => valueAt(data, keysOf(path)) !== undefined),
      keysOf(path),
    ),
  });
  return text;
}

/** Writing a number over a string tells whether it is bound to stay one. */
function isString(file: File, path: string): boolean {
  const result = editYaml(file.text, path, 7);
  const reading = readYaml(result.kind === "refused" ? "" : result.text, path);
  return reading.kind === "found" && reading.value === "7";
}

describe("editYaml: properties", () => {
  it("writes over any value: only that value changes, all other bytes stay", () => {
    fc.assert(
      fc.property(
        fileAndPath(({ leaves }) => leaves),
        value,
        ({ file, path }, wanted) => {
          const text = checkEdit(file, path, wanted);

          const { from, to } = changedSpan(file.text, text);
          assert.doesNotMatch(from + to, /\n/);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("adds any missing value: nothing of the file goes", () => {
    fc.assert(
      fc.property(
        fileAndPath(({ maps }) => maps),
        fc.constantFrom(".new", ".new.trafficPercent", ".n\\.w.x y.z"),
        value,
        ({ file, path }, rest, wanted) => {
          const text = checkEdit(file, path + rest, wanted);

          // A comma and a new line in a flow map may stand apart, with a comment in between.
          const { from, to } = changedSpan(file.text, text);
          assert.ok(from === "" || to.startsWith(`,${from}`), JSON.stringify({ from, to }));
        },
      ),
      { numRuns: 400 },
    );
  });

  it("puts a map where nothing is", () => {
    fc.assert(
      fc.property(
        fileAndPath(({ text, leaves }) => leaves.filter((path) => isNull(text, path))),
        value,
        ({ file, path }, wanted) => {
          checkEdit(file, `${path}.new.x`, wanted);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("reads what it wrote", () => {
    fc.assert(
      fc.property(
        fileAndPath(({ maps }) => maps),
        value,
        ({ file, path }, wanted) => {
          const result = editYaml(file.text, `${path}.new`, wanted);
          const reading = readYaml(result.kind === "refused" ? "" : result.text, `${path}.new`);

          assert.equal(reading.kind === "found" ? reading.value : reading.kind, wanted === 0 ? 0 : wanted);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("never throws, and what it edits is there afterwards", () => {
    const fragment = fc.constantFrom(
      ...[
        "a",
        "b",
        ":",
        ": ",
        "\n",
        "\n  ",
        " ",
        "- ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "# c",
        "&x ",
        "*x",
        "<<: *x",
        "|+",
      ],
      ...[
        ">",
        "'",
        '"',
        "---\n",
        "...\n",
        "\r\n",
        "\r",
        "\t",
        "!!str ",
        "!x ",
        "~",
        "1",
        "a: ",
        "\nb: ",
        "%YAML 1.1\n",
      ],
      ...["{a: 1}", "&x {b: 1}", "\\n", "\ufeff", "\0", "👈", "\ud83d"],
    );
    const text = fc.oneof(
      fc.array(fragment, { maxLength: 14 }).map((parts) => parts.join("")),
      fc.string({ unit: "binary" }),
    );
    const path = fc.oneof(fc.constantFrom("a", "a.b", "0.a", "a.0", "a.b.c"), fc.string());
    fc.assert(
      fc.property(
        text,
        path,
        fc.oneof(value, fc.string({ unit: "binary" }), fc.double()),
        (input, at, wanted) => {
          const result = editYaml(input, at, wanted);
          readYaml(input, at);

          const again = result.kind === "edited" ? editYaml(result.text, at, wanted).kind : "unchanged";
          assert.equal(again, "unchanged");
        },
      ),
      { numRuns: 1500 },
    );
  });
});

function isNull(text: string, path: string): boolean {
  const reading = readYaml(text, path);
  return reading.kind === "found" && reading.value === null;
}
