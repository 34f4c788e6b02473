import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { packagesBeside } from "../../scripts/build/beside.ts";
import { type Bundle, bundle } from "../../scripts/build/bundle.ts";
import { dependenciesDocument } from "../../scripts/build/dependencies.ts";
import { disallowed, textElsewhere, thirdPartyLicences } from "../../scripts/build/licences.ts";
import { type BundledPackage, bundledPackages } from "../../scripts/build/packages.ts";

describe("licences of the bundle", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-licences-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const expressions: readonly (readonly [expression: string, bad: readonly string[]])[] = [
    ["MIT", []],
    ["(MIT AND Zlib)", []],
    ["(MIT OR Apache-2.0)", []],
    ["GPL-3.0-only", ["GPL-3.0-only"]],
    ["(MIT AND GPL-2.0-or-later)", ["GPL-2.0-or-later"]],
    ["(MIT OR GPL-2.0)", ["GPL-2.0"]],
    ["Apache-2.0 WITH LLVM-exception", ["WITH", "LLVM-exception"]],
    ["SEE LICENSE IN terms.txt", ["SEE", "LICENSE", "IN", "terms.txt"]],
    ["UNLICENSED", ["UNLICENSED"]],
    ["mit", ["mit"]],
    ["", ["none"]],
  ];
  for (const [expression, bad] of expressions) {
    it(`${expression || "(nothing)"}: ${bad.length === 0 ? "allowed" : "refused"}`, () =>
      assert.deepEqual(disallowed(expression), bad));
  }

  async function packageWith(name: string, licence: string, files: object): Promise<BundledPackage> {
    const inside = join(folder, name);
    await mkdir(inside, { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(inside, file), text);
    return { name, version: "1.0.0", licence, folder: inside };
  }

  it("go whole into one text, notices too, with an overview", async () => {
    const text = await thirdPartyLicences("program 1.2.3", [
      await packageWith("one", "MIT", { "LICENSE.md": "text of one\n", "index.js": "const one = 1;" }),
      await packageWith("two", "Apache-2.0", { COPYING: "text of two", "NOTICE.txt": "notice of two" }),
      await packageWith("three", "ISC", { "license-isc.txt": "text of three" }),
    ]);
    assert.match(
      text,
      /^program 1\.2\.3 contains .*:\n\n {2}one 1\.0\.0: MIT\n {2}two 1\.0\.0: Apache-2\.0\n/,
    );
    for (const part of ["text of one", "text of two", "notice of two", "text of three"]) {
      assert.ok(text.includes(`\n${part}\n`), part);
    }
    assert.doesNotMatch(text, /const one/);
  });

  it("end the build with every problem at once", async () => {
    const packages = [
      await packageWith("textless", "MIT", { "README.md": "# textless", "index.min.js.LICENSE.txt": "no" }),
      await packageWith("empty", "MIT", { LICENSE: " \n" }),
      await packageWith("viral", "AGPL-3.0-only", { LICENSE: "text" }),
    ];
    await assert.rejects(thirdPartyLicences("program", packages), {
      message: [
        "textless 1.0.0: no text of its licence (MIT) found",
        "empty 1.0.0: no text of its licence (MIT) found",
        'viral 1.0.0: licence "AGPL-3.0-only": AGPL-3.0-only is not among the allowed ones',
      ].join("\n"),
    });
  });

  it("that stand elsewhere are noticed when they move", async () => {
    const moved = await packageWith("agent-base", "MIT", { "README.md": "# agent-base\n\n## Licence\nMIT" });
    await assert.rejects(thirdPartyLicences("program", [moved]), /agent-base 1\.0\.0: no text/);
  });
});

describe("packages of the bundle", () => {
  let folder = "";
  let names: readonly string[] = [];
  let packages: readonly BundledPackage[] = [];
  let built: Bundle;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-packages-"));
    built = await bundle(join(folder, "bluegreen.mjs"));
    packages = await bundledPackages(built);
    names = packages.map(({ name }) => name);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("are those with code in it", () => {
    for (const name of ["@kubernetes/client-node", "axios", "valibot", "yaml", "yargs"]) {
      assert.ok(names.includes(name), name);
    }
    // Stubs stand in for the only file that would be in the bundle.
    for (const name of ["node-fetch", "form-data", "bluegreen", "esbuild", "mocha"]) {
      assert.ok(!names.includes(name), name);
    }
    assert.ok(packages.every(({ version }) => /^\d+\.\d+\.\d+/.test(version)));
  });

  it("are listed once a version", () => {
    const refs = packages.map(({ name, version }) => `${name}@${version}`);
    assert.deepEqual(refs, [...new Set(refs)]);
  });

  it("include all whose licence text is looked for elsewhere", () => {
    for (const name of Object.keys(textElsewhere))
      assert.ok(names.includes(name), `${name}: no longer needed`);
  });

  describe("and the document that lists them", () => {
    const document = async (direct: readonly string[]) =>
      dependenciesDocument({ bundle: built, inside: packages, beside: await packagesBeside(), direct });
    const direct = Object.keys(manifest.dependencies);

    it("say the same: each package, its licence and its reason (npm run readme)", async () => {
      const text = await readFile("docs/dependencies.md", "utf8");
      assert.equal(await document(direct), text);
      for (const { name, version, licence } of [...packages, ...(await packagesBeside())])
        assert.ok(text.includes(`| \`${name}\` | ${version} | ${licence} | `), name);
    });

    it("want a reason for each that was chosen, and one that is used for each reason", async () => {
      await assert.rejects(document([...direct, "left-pad"]), {
        message: "left-pad: not in what is built\nleft-pad: no reason",
      });
      await assert.rejects(document(direct.filter((name) => name !== "axios")), {
        message: "axios: a reason, but no dependency",
      });
    });
  });
});
