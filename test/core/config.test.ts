import assert from "node:assert/strict";
import { describeValues, editConfig, readConfig, sameValues } from "../../src/core/config.ts";
import type { ConfigLocation } from "../../src/core/intent.ts";
import type { ConfigValues } from "../../src/core/preflight.ts";
import { Failure } from "../../src/errors/failure.ts";

const at: ConfigLocation = {
  path: "model-deployments/test/jukebox/config.yaml",
  percentPath: "canary.trafficPercent",
  versionPath: "version",
};

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof Failure && error.reason === "EDIT_REFUSED", String(error));
    return error.evidence;
  }
  return "accepted";
}

const file = `---
name: jukebox
version: 4562a17c17
canary:
  trafficPercent: 100 # 👈 update this
`;

describe("a model's values in its file", () => {
  const readings: Readonly<Record<string, readonly [text: string, values: ConfigValues]>> = {
    "the seed's file": [file, { percent: "100", version: "4562a17c17" }],
    "a quoted percent": ['canary: {trafficPercent: "0"}', { percent: "0", version: undefined }],
    "a version of digits": ["version: 1234567890", { percent: undefined, version: "1234567890" }],
    "a version that YAML takes for a float": [
      "version: 12345e6789",
      { percent: undefined, version: "12345e6789" },
    ],
    "a version with a leading zero": ["version: 007", { percent: undefined, version: "007" }],
    "no canary": ["name: x", { percent: undefined, version: undefined }],
    "an empty canary": ["canary: {}", { percent: undefined, version: undefined }],
    "a percent of null": ["canary: {trafficPercent: }", { percent: undefined, version: undefined }],
    "a percent that is none": ["canary: {trafficPercent: true}", { percent: "true", version: undefined }],
    "a byte order mark": ["\ufeffversion: v1\n", { percent: undefined, version: "v1" }],
  };
  for (const [what, [text, values]] of Object.entries(readings)) {
    it(`reads ${what}`, () => assert.deepEqual(readConfig(bytes(text), at), values));
  }

  it("edits several values in one go and nothing else", () => {
    const edited = editConfig(bytes(file), at, [
      { path: "version", value: "1234567890" },
      { path: "canary.trafficPercent", value: 0 },
    ]);

    assert.equal(
      new TextDecoder().decode(edited),
      file.replace("4562a17c17", '"1234567890"').replace("100 #", "0 #"),
    );
    assert.deepEqual(readConfig(edited, at), { percent: "0", version: "1234567890" });
  });

  it("keeps a byte order mark", () => {
    const edited = editConfig(bytes("\ufeffversion: v1\n"), at, [{ path: "version", value: "v2" }]);
    assert.deepEqual(edited, bytes("\ufeffversion: v2\n"));
  });

  it("gives the input itself back when everything is there already", () => {
    const input = bytes(file);
    const edits = [
      { path: "version", value: "4562a17c17" },
      { path: "canary.trafficPercent", value: 100 },
    ];
    assert.equal(editConfig(input, at, edits), input);
    assert.equal(editConfig(input, at, []), input);
  });

  const notText = Uint8Array.of(0x61, 0xff);
  const refusals: Readonly<Record<string, readonly [act: () => unknown, evidence: RegExp]>> = {
    "reading what is not UTF-8": [() => readConfig(notText, at), /config\.yaml is not UTF-8 text$/],
    "editing what is not UTF-8": [() => editConfig(notText, at, []), /config\.yaml is not UTF-8 text$/],
    "reading broken YAML": [
      () => readConfig(bytes("a: [\n"), at),
      /^model-deployments.*config\.yaml, canary\.trafficPercent: ./,
    ],
    "reading a map in the value's place": [
      () => readConfig(bytes("canary: {trafficPercent: {a: 1}}"), at),
      /canary\.trafficPercent: line 1: the path leads to a map/,
    ],
    "editing a map in the value's place": [
      () => editConfig(bytes("version: {a: 1}"), at, [{ path: "version", value: "v2" }]),
      /, version: line 1: the path leads to a map/,
    ],
  };
  for (const [what, [act, evidence]] of Object.entries(refusals)) {
    it(`refuses ${what}`, () => assert.match(refusal(act), evidence));
  }

  it("shows nothing of a hostile file or path as it is", () => {
    const hostile = { ...at, path: "a\u001b[2J.yaml" };
    assert.doesNotMatch(
      refusal(() => readConfig(bytes("a: \u001b[2J\n- b"), hostile)),
      /\p{Cc}/u,
    );
    assert.doesNotMatch(
      refusal(() => readConfig(notText, hostile)),
      /\p{Cc}/u,
    );
  });

  it("are read and told together with those of further edits", () => {
    const sets = [
      { path: "name", value: "x" },
      { path: "canary.note", value: "y" },
    ];
    const values = readConfig(bytes(file), at, sets);
    assert.deepEqual(values.sets, ["jukebox", undefined]);
    assert.equal(
      describeValues(values, sets),
      "percent 100, version 4562a17c17, name jukebox, canary.note unset",
    );
    assert.equal(describeValues({}, sets.slice(1)), "percent unset, version unset, canary.note unset");
  });

  const comparisons: readonly (readonly [one: ConfigValues, other: ConfigValues, same: boolean])[] = [
    [{ percent: 0, version: "v1" }, { percent: "0", version: "v1" }, true],
    [{ percent: 0, version: "v1" }, { percent: 100, version: "v1" }, false],
    [{ percent: 0, version: "v1" }, { percent: 0, version: "v2" }, false],
    [{ percent: 0 }, { version: "v1" }, false],
    [{}, {}, true],
    [{ sets: ["a", undefined] }, { sets: ["a", undefined] }, true],
    [{ sets: ["a", undefined] }, { sets: ["a", "b"] }, false],
  ];
  for (const [one, other, same] of comparisons) {
    it(`${JSON.stringify(one)} and ${JSON.stringify(other)} are ${same ? "the same" : "different"}`, () => {
      assert.equal(sameValues(one, other), same);
    });
  }
});

describe("a path that the file does not hold", () => {
  const percent = (percentPath: string, text = file) =>
    refusal(() => editConfig(bytes(text), { ...at, percentPath }, [{ path: percentPath, value: 0 }]));

  it("is refused where it looks like a typo of one that it does, instead of being added beside it", () => {
    assert.equal(
      percent("canary.percent"),
      "model-deployments/test/jukebox/config.yaml, canary.percent: there is no percent, but trafficPercent: " +
        "if trafficPercent is not what is meant, add percent to the file by hand",
    );
    assert.match(percent("cannary.trafficPercent"), /there is no cannary, but canary: /);
  });

  it("holds for the version's, too", () => {
    const versionPath = "modelVersion";
    const edit = { path: versionPath, value: "v2" };
    assert.match(
      refusal(() => editConfig(bytes(file), { ...at, versionPath }, [edit])),
      /no modelVersion, but version/,
    );
  });

  it("is added where nothing like it is there, and where a user asks for it by --set", () => {
    assert.equal(percent("canary.trafficPercent", "name: x\n"), "accepted");
    assert.equal(percent("canary.trafficPercent", "canary: {}\n"), "accepted");
    const text = new TextDecoder().decode(editConfig(bytes(file), at, [{ path: "versions", value: "x" }]));
    assert.match(text, /^versions: x$/m);
  });
});

describe("a value of --set", () => {
  const set = (text: string, path: string, value: string) =>
    new TextDecoder().decode(editConfig(bytes(text), at, [{ path, value }]));

  const cases: readonly (readonly [what: string, before: string, value: string, after: string])[] = [
    ["stays a bool", "a: true\n", "false", "a: false\n"],
    ["stays a number", "a: 1\n", "2", "a: 2\n"],
    ["stays a fraction", "a: 0.5\n", "1.5", "a: 1.5\n"],
    ["stays a string in quotes", 'a: "true"\n', "false", 'a: "false"\n'],
    ["stays a string without", "a: blue\n", "12", 'a: "12"\n'],
    ["stays a string, though it now looks like a bool", "a: blue\n", "true", 'a: "true"\n'],
    ["can be turned on", "a: false\n", "true", "a: true\n"],
    ["is a string where the new text is none of the kind", "a: 1\n", "two", "a: two\n"],
    ["is a string where a number would be read otherwise", "a: 1\n", "0x10", 'a: "0x10"\n'],
    ["is a bool in a new place, as with Helm", "b: 1\n", "false", "b: 1\na: false\n"],
    ["is a whole number in a new place, as with Helm", "b: 1\n", "2", "b: 1\na: 2\n"],
    ["is a whole number of several digits in a new place", "b: 1\n", "120", "b: 1\na: 120\n"],
    ["is a string in a new place else", "b: 1\n", "1.10", 'b: 1\na: "1.10"\n'],
    ["takes the place of nothing", "a:\n", "false", "a: false\n"],
    ["keeps the tag of a bool", "a: !!bool true\n", "false", "a: !!bool false\n"],
    ["is there already", "a: false\n", "false", "a: false\n"],
  ];
  for (const [what, before, value, after] of cases) {
    it(what, () => assert.equal(set(before, "a", value), after));
  }
});
