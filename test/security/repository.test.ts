/** What a hostile file in the repository can do to whoever reads it: nothing that lasts. */
import assert from "node:assert/strict";
import { parseTrailers } from "../../src/core/commit/trailers.ts";
import { readConfig } from "../../src/core/config.ts";
import { editYaml } from "../../src/core/yaml/edit.ts";
import { Failure } from "../../src/errors/failure.ts";
import { location } from "../steps/builders.ts";

const size = 256 * 1024 - 200;
const fill = (text: string) => text.repeat(Math.floor(size / text.length));

/** Each at the largest size that is taken. */
const files: Readonly<Record<string, string>> = {
  "lists in lists": fill("["),
  "maps in maps": fill("{"),
  "items in items": fill("- "),
  "keys of keys": fill("? "),
  anchors: fill("&a "),
  aliases: fill("*a "),
  tags: fill("!t "),
  quotes: fill('"'),
  "colons after colons": fill("a: "),
  documents: fill("---\n"),
  directives: fill("%YAML 1.2\n"),
  keys: Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join("\n"),
  "ever deeper keys": Array.from({ length: 700 }, (_, index) => `${" ".repeat(index)}a:`).join("\n"),
  "blank lines": `version: a\ncanary: {}\n${fill("\n")}z: 1\n`,
  "blank lines in a text": `version: |\n${fill(" \n")}`,
  "spaces in a flow map": `version: a\ncanary: {a: 1${fill(" ")}}\n`,
  "spaces and tabs": `version: a\ncanary: {a: 1${fill(" \t")}x\n}\n`,
  "a long number": `version: ${fill("9")}\n`,
  "merged maps": `a: &a {b: 1}\nc:\n${"  <<: *a\n".repeat(2000)}`,
};

/** What it throws, which must be of the catalogue. */
function failureOf(work: () => unknown): Failure | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return undefined;
}

describe("a hostile file in the repository", function () {
  this.timeout(60_000);
  for (const [what, text] of Object.entries(files)) {
    it(`of ${what} is read or refused in time`, () => {
      const started = performance.now();
      const failure = failureOf(() => readConfig(Buffer.from(text), location));
      assert.ok(failure === undefined || failure.evidence.length <= 500);
      editYaml(text, location.versionPath, "v9");
      // Below 0.3 s on an idle machine; the limit is for one that is not.
      assert.ok(performance.now() - started < 5_000, `${performance.now() - started} ms`);
    });
  }

  it("cannot change what objects are: __proto__ and constructor are keys as any other", () => {
    const text =
      "__proto__:\n  percent: 1\nconstructor:\n  prototype: {polluted: 1}\nversion: a\ncanary:\n  trafficPercent: 7\n";
    const values = readConfig(Buffer.from(text), location);
    assert.deepEqual(values, { version: "a", percent: "7" });
    assert.equal(Reflect.get({}, "polluted"), undefined);
    for (const path of ["__proto__.polluted", "constructor.prototype.polluted"])
      assert.equal(editYaml(text, path, "yes").kind, "edited", path);
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });

  const messages: Readonly<Record<string, string>> = {
    "line ends": `x\n\n${"\n".repeat(500_000)}y`,
    colons: `s\n\n${"a:".repeat(500_000)}`,
    "folded lines": `s\n\nA: b\n${" c\n".repeat(300_000)}`,
    spaces: `s\n\nBluegreen-Run:${" ".repeat(1_000_000)}x`,
  };
  for (const [what, message] of Object.entries(messages)) {
    it(`nor a commit's message of ${what}`, () => {
      const started = performance.now();
      parseTrailers(message);
      assert.ok(performance.now() - started < 5_000, `${performance.now() - started} ms`);
    });
  }
});
