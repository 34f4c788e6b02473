import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { longestPayload, readPayload } from "../../../src/core/probe/payload.ts";

const tensor = { name: "x", shape: [1, 2], datatype: "FP32", data: [0.5, 1] };
const body = (changes: object = {}) => JSON.stringify({ inputs: [{ ...tensor, ...changes }] });

describe("the body of a probe request", () => {
  for (const [what, text] of Object.entries({
    "of one tensor": body(),
    "of nested data": body({ data: [[0.5, 1]] }),
    "of text": body({ datatype: "BYTES", data: ["a", "b"] }),
    "of an empty tensor": body({ shape: [0], data: [] }),
    "of a scalar": body({ shape: [], data: [1] }),
    "with what else the protocol knows": JSON.stringify({
      id: "1",
      parameters: { a: 1 },
      inputs: [{ ...tensor, parameters: {} }],
      outputs: [{ name: "y" }],
    }),
  })) {
    it(`${what} is taken as it stands`, () => {
      assert.deepEqual(readPayload(text), { kind: "payload", body: text });
    });
  }

  const refused: Readonly<Record<string, readonly [text: string, problem: RegExp]>> = {
    "no JSON": ["{", /^must be JSON$/],
    "too long": [`"${"x".repeat(longestPayload)}"`, /^must be at most 1 MiB long$/],
    "another protocol's": ['{"instances": [[1]]}', /^must be a request of the V2 .*: inputs: /],
    "no object": ["[1]", /^must be a request of the V2 inference protocol: inputs: /],
    "a number": ["1", /^must be a request of the V2 inference protocol: Invalid type/],
    "no inputs": ['{"inputs": []}', /inputs: Invalid length/],
    "without a name": [body({ name: "" }), /inputs\.0\.name/],
    "a dimension that is not known": [body({ shape: [-1, 2] }), /inputs\.0\.shape\.0/],
    "a type in lower case": [body({ datatype: "fp32" }), /inputs\.0\.datatype/],
    "without data": [body({ data: undefined }), /inputs\.0\.data/],
    "too little data": [body({ data: [1] }), /: input x of shape \[1, 2\] has 1 elements$/],
    "an escape sequence": [body({ name: "\u001b[2J", data: [] }), /: input \[2J of shape/],
  };
  for (const [what, [text, problem]] of Object.entries(refused)) {
    it(`${what} is refused`, () => {
      const reading = readPayload(text);
      assert.equal(reading.kind, "problem");
      assert.match(reading.kind === "problem" ? reading.problem : "", problem);
    });
  }

  it("may be nested however deep", () => {
    const deep = 100_000;
    const text = `{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[${"[".repeat(deep)}1${"]".repeat(deep)}]}]}`;
    assert.equal(readPayload(text).kind, "payload");
  });

  it("ships as an example", () => {
    const file = "tekton/samples/probe-jukebox.json";
    const reading = readPayload(readFileSync(file, "utf8"));
    assert.equal(reading.kind, "payload");
    const run = parse(readFileSync("tekton/samples/rollback-pipelinerun.yaml", "utf8"));
    const given = run.spec.params.find((param: { name: string }) => param.name === "probe-payload").value;
    assert.deepEqual(JSON.parse(given), JSON.parse(readFileSync(file, "utf8")), "the rollback's sample");
  });
});
