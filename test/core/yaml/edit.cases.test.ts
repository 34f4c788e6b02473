import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { editYaml } from "../../../src/core/yaml/edit.ts";

interface Case {
  readonly name: string;
  readonly input: string;
  readonly path: string;
  readonly value: number | string;
  readonly output?: string;
  readonly error?: string;
}

const file = new URL("../../fixtures/yaml-edit-cases.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];

describe("editYaml: agreed cases", () => {
  for (const { name, input, path, value, output, error } of cases) {
    it(name, () => {
      const result = editYaml(input, path, value);

      const seen = result.kind === "refused" ? result.error : { kind: result.kind, text: result.text };
      assert.deepEqual(seen, error ?? { kind: output === input ? "unchanged" : "edited", text: output });
    });
  }
});
