import assert from "node:assert/strict";
import { type HttpAnswer, judgeAnswer } from "../../../src/core/probe/answer.ts";

const output = { name: "output", shape: [1, 1], datatype: "FP32", data: [0.62] };

function answer(changes: object = {}, outputs: object = output): string {
  return JSON.stringify({ model_name: "jukebox", model_version: "1", outputs: [outputs], ...changes });
}

function verdict(status: number, body: string, location?: string): string {
  const given: HttpAnswer = { status, body, location };
  const judged = judgeAnswer(given);
  return judged.kind === "good" ? "good" : `${judged.kind}: ${judged.detail}`;
}

describe("an answer to a probe request", () => {
  it("is good if it is the protocol's", () => {
    assert.equal(verdict(200, answer()), "good");
    assert.equal(verdict(200, answer({ id: "7" }, { ...output, data: [[0.62]] })), "good");
    const two = [output, { name: "country_codes", shape: [2], datatype: "BYTES", data: ["DE", "AT"] }];
    assert.equal(verdict(200, answer({ outputs: two })), "good");
  });

  // biome-ignore format: a table
  const table: readonly (readonly [what: string, given: readonly [number, string, string?], expected: RegExp])[] = [
    ["no JSON", [200, "<html>"], /^failed: answered 200 with something else .* \(not JSON\)$/],
    ["NaN, which is no JSON", [200, answer().replace("0.62", "NaN")], /^failed: .*not JSON/],
    ["null in the place of NaN", [200, answer({}, { ...output, data: [null] })], /^failed: .*output output holds null$/],
    ["no object", [200, "7"], /^failed: .*\(body: Invalid type/],
    ["no outputs", [200, answer({ outputs: [] })], /^failed: .*\(outputs: /],
    ["no name of a model", [200, answer({ model_name: "" })], /^failed: .*\(model_name: /],
    ["no data", [200, answer({}, { ...output, data: undefined })], /^failed: .*outputs\.0\.data/],
    ["too much data", [200, answer({}, { ...output, data: [1, 2] })], /^failed: answered 200, but output output of shape \[1, 1\] has 2 elements$/],
    ["another protocol", [200, '{"predictions": [0.5]}'], /^failed: .*model_name/],
    ["an error with 200", [200, '{"error": "no"}'], /^failed: /],
    ["another success", [204, ""], /^failed: answered 204$/],
    ["the model's own error", [500, '{"error": "Internal\\u001b[2J"}'], /^failed: answered 500: Internal \[2J$/],
    ["an error of another kind", [501, "no such thing"], /^failed: answered 501: no such thing$/],
    ["a wrong payload", [400, '{"error": "Missing input"}'], /^rejected: answered 400: Missing input$/],
    ["an unknown model", [404, '{"error": "Model not found"}'], /^rejected: answered 404: Model not found$/],
    ["nobody let in", [401, ""], /^denied: answered 401$/],
    ["no right", [403, "RBAC: access denied"], /^denied: answered 403: RBAC: access denied$/],
    ["a login", [302, "", "https://login.example.com/?state=secret"], /^denied: answered 302, a redirect to https:\/\/login\.example\.com\/…$/],
    ["a choice of places", [300, "", "/a"], /^denied: answered 300, a redirect to \/a$/],
    ["a page of blanks", [500, " \n "], /^failed: answered 500$/],
    ["a title with a language", [501, '<title lang="en">No</title>'], /^failed: answered 501: a page titled “No”$/],
    ["a gateway without a pod", [503, "<html><head><title>503 Service\nUnavailable</title>"], /^away: answered 503: a page titled “503 Service Unavailable”$/],
    ["a busy server", [429, "{}"], /^away: answered 429: \{\}$/],
  ];
  for (const [what, given, expected] of table) {
    it(`${what}: ${expected.source.slice(1).split(":")[0]}`, () => assert.match(verdict(...given), expected));
  }

  it("may be nested however deep", () => {
    const deep = `${"[".repeat(100_000)}1${"]".repeat(100_000)}`;
    assert.equal(verdict(200, answer().replace("0.62", deep)), "good");
  });
});
