import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { withTaskTables } from "../../../scripts/task-tables.ts";
import { listAt, namesOf, readTask, root, taskFile } from "./documents.ts";

const read = (file: string) => readFileSync(join(root, file), "utf8");
const readmes = ["README.md", "tekton/task/bluegreen/README.md"];

describe("the Task's README", () => {
  const text = read("tekton/task/bluegreen/README.md");
  it("has the tables that the Task gives (npm run readme)", () => {
    assert.equal(withTaskTables(text, read(taskFile)), text);
  });

  it("needs its markers", () => {
    assert.throws(() => withTaskTables(text.replace("<!-- results -->", ""), read(taskFile)), /results/);
  });
});

describe("commands in the READMEs", () => {
  const params = listAt(readTask(), "spec", "params");
  const required = namesOf(params.filter((param) => param["default"] === undefined));
  const text = readmes.map(read).join("\n");

  it("start the Task with params that it has, all required ones among them", () => {
    const starts = [...text.matchAll(/tkn task start bluegreen\b(?:.*\\\n)*.*/g)].map(([command]) => command);
    assert.ok(starts.length >= 2);
    for (const command of starts) {
      const given = [...command.matchAll(/-p ([a-z-]+)=/g)].map(([, name = ""]) => name);
      assert.deepEqual(
        given.filter((name) => !namesOf(params).includes(name)),
        [],
        command,
      );
      assert.deepEqual(
        required.filter((name) => !given.includes(name)),
        [],
        command,
      );
      assert.match(command, /--use-param-defaults --skip-optional-workspace --showlog/);
    }
  });

  it("name files and folders that are there", () => {
    const named = [...text.matchAll(/(?:apply|create) -[kf] (\S+)/g)].map(([, path = ""]) => path);
    assert.ok(named.length >= 4);
    for (const path of named) assert.ok(existsSync(join(root, path)), path);
  });
});

describe("links in the READMEs", () => {
  for (const file of readmes) {
    it(`${file} lead to files and headings that are there`, () => {
      const links = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
      const inside = links.filter((link) => !/^https?:/.test(link));
      assert.deepEqual(
        inside.filter((link) => !leadsSomewhere(file, link)),
        [],
      );
    });
  }

  it("that lead nowhere are found out", () => {
    assert.ok(!leadsSomewhere("README.md", "docs/none.md"));
    assert.ok(!leadsSomewhere("README.md", "#none"));
  });
});

function leadsSomewhere(from: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : join(dirname(from), path);
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || headings(read(target)).includes(anchor);
}

/** As GitHub makes anchors of headings. */
function headings(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
