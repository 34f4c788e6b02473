/** docs/threat-model.md names tests that are there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tekton/contract/documents.ts";

interface Row {
  readonly threat: string;
  readonly proofs: readonly (readonly [file: string, title: string])[];
}

function rowsOf(markdown: string): readonly Row[] {
  const table = markdown.split("| threat | what is done | proven by |\n")[1]?.split("\n\n")[0] ?? "";
  return table
    .split("\n")
    .slice(1)
    .map((line) => {
      const [, threat = "", , proven = ""] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      const proofs = [...proven.matchAll(/`(test\/[^`]+\.test\.ts)`: (.+?)(?=; `test\/|$)/g)];
      return {
        threat,
        proofs: proofs.map(([, file = "", title = ""]) => [file, title.replaceAll("\\_", "_")] as const),
      };
    });
}

/** A title stands in the source as a whole text: of a test, of a row in a table, or as a template. */
function isThere(file: string, title: string, read: (file: string) => string): boolean {
  if (!existsSync(join(root, file))) return false;
  const source = read(file);
  if (['"', "`"].some((quote) => source.includes(`${quote}${title}${quote}`))) return true;
  return titlePatterns(source).some((pattern) => pattern.test(title));
}

/** Of `it(`…${x}…`)`: a pattern that takes anything for what is put in. */
function titlePatterns(source: string): readonly RegExp[] {
  return [...source.matchAll(/\bit\(\s*`((?:[^`\\]|\\.)*)`/g)].map(([, template = ""]) => {
    const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".+")}$`);
  });
}

describe("the threat model", () => {
  const read = (file: string) => readFileSync(join(root, file), "utf8");
  const rows = rowsOf(read("docs/threat-model.md"));

  it("has a test for each row", () => {
    assert.ok(rows.length >= 30, `${rows.length} rows`);
    assert.deepEqual(
      rows.filter(({ proofs }) => proofs.length === 0).map(({ threat }) => threat),
      [],
    );
  });

  it("names tests that are there", () => {
    const missing = rows.flatMap(({ proofs }) =>
      proofs.filter(([file, title]) => !isThere(file, title, read)).map((proof) => proof.join(": ")),
    );
    assert.deepEqual(missing, []);
  });

  it("would notice one that is not", () => {
    const source = ['it("does this", …);', "it(`is cut off by $", "{name}, at once`, …);"].join("");
    const known = (title: string) => isThere("test/security/threat-model.test.ts", title, () => source);
    assert.deepEqual(["does this", "is cut off by the Git client, at once"].filter(known).length, 2);
    assert.deepEqual(["does that", "does", "is cut off", "is cut off by the Git client"].filter(known), []);
    assert.ok(!isThere("test/none.test.ts", "does this", () => source));
  });
});
