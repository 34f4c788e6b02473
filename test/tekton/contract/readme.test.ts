import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withTaskTables } from "../../../scripts/task-tables.ts";
import { root, taskFile } from "./documents.ts";

const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("the Task's README", () => {
  const text = read("tekton/task/bluegreen/README.md");
  it("has the tables that the Task gives (npm run readme)", () => {
    assert.equal(withTaskTables(text, read(taskFile)), text);
  });

  it("needs its markers", () => {
    assert.throws(() => withTaskTables(text.replace("<!-- results -->", ""), read(taskFile)), /results/);
  });
});
