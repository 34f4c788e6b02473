import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pageProblems } from "../../scripts/docs/checks.ts";
import { commandProblems } from "../../scripts/docs/commands.ts";
import { readPage } from "../../scripts/docs/page.ts";
import { read, readPages, root } from "../../scripts/docs/project.ts";
import { emptyEntries, missingReasons, withReasons } from "../../scripts/docs/runbook.ts";
import { scenes } from "../../scripts/docs/scenes.ts";

const pages = readPages();

describe("the documentation", () => {
  for (const page of pages) {
    it(`${page.file}: every link, command, option, reason and path is right`, async () => {
      assert.deepEqual(await pageProblems(page, { pages, scenes }), []);
    });
  }

  it("shows every output that is made for it", () => {
    const shown = new Set(pages.flatMap(({ blocks }) => blocks.map(({ name }) => name)));
    assert.deepEqual(
      [...scenes.keys()].filter((name) => !shown.has(name)),
      [],
    );
  });

  for (const folder of ["docs", "docs/decisions"]) {
    it(`lists every page of ${folder} in its index`, () => {
      const index = pages.find(({ file }) => file === `${folder}/README.md`);
      const listed = new Set(index?.links.map(({ text }) => `${folder}/${text}`));
      const others = pages
        .map(({ file }) => file)
        .filter((file) => dirname(file) === folder && file !== index?.file);
      assert.ok(others.length > 0);
      assert.deepEqual(
        others.filter((file) => !listed.has(file)),
        [],
      );
    });
  }
});

describe("the map of the code", () => {
  const map = read("CONTRIBUTING.md");
  const foldersIn = (folder: string) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);

  it("has every folder of the code, and of the tests those that mirror none", () => {
    const source = foldersIn("src").filter((name) => name !== "core");
    const folders = [
      ...source.map((name) => `src/${name}/`),
      ...foldersIn("src/core").map((name) => `src/core/${name}/`),
      ...foldersIn("scripts").map((name) => `scripts/${name}/`),
      ...foldersIn("test")
        .filter((name) => ![...source, ...foldersIn("scripts"), "core"].includes(name))
        .map((name) => `test/${name}/`),
    ];
    assert.deepEqual(
      folders.filter((folder) => !map.includes(`\`${folder}`)),
      [],
    );
  });
});

describe("the runbook", () => {
  const runbook = read("docs/runbook.md");

  it("has an entry for every reason, and advice in each", () => {
    assert.deepEqual(missingReasons(runbook), [], "run npm run readme, and write what is to be done");
    assert.deepEqual(emptyEntries(runbook), []);
  });

  it("says of each what the catalogue says (npm run readme)", () =>
    assert.equal(withReasons(runbook), runbook));

  it("gets an entry for a reason that it lacks, which is empty until somebody writes it", () => {
    const page = withReasons("# Runbook\n");
    assert.deepEqual(missingReasons(page), []);
    assert.ok(emptyEntries(page).includes("NO_TRAFFIC"));
    assert.match(
      page,
      /### NO_TRAFFIC\n\n> \*\*INCONCLUSIVE, exit code 25\.\*\* No inference request was seen\. /,
    );
  });
});

/** Markdown with one thing wrong, and what the check says of it. */
const wrong: readonly (readonly [markdown: string, problem: RegExp])[] = [
  ["[x](none.md)", /none\.md leads to no file/],
  ["[x](README.md#nowhere)", /leads to no heading/],
  ["![x](docs/images/none.png)", /leads to no file/],
  ["See `--no-such-option`.", /no option --no-such-option/],
  ["A secret is no flag: `--git-password x`.", /no option --git-password/],
  ["`NO_SUCH_REASON`", /no reason or variable NO_SUCH_REASON/],
  ["`BLUEGREEN_NO_SUCH`", /no reason or variable/],
  ["`src/none.ts`", /src\/none\.ts: no such file/],
  ["`npm run none`", /no such script/],
  ["```\nx\n```", /language “” is not checked/],
  ["```yaml\na: [\n```", /YAML/],
  ["```json\n{\n```", /JSON/],
  ["```promql\nsum(\n```", /PromQL/],
  ["```sh\nbluegreen promote --nmae x\n```", /Unknown option: --nmae/],
  ["```sh\nbluegreen promote \\\n  --timeout never\n```", /--timeout .*must be a duration/],
  [
    "```sh\nbluegreen promote --namespace a --name b --git-url https://x.example/y.git\n```",
    /--prometheus-url .* is required outside of a cluster/,
  ],
  ["```sh\nexport BLUEGREEN_NONE=1\n```", /no variable BLUEGREEN_NONE/],
  ["```sh\nnpm run none\n```", /no script none/],
  ["```sh\nnpm ci && npm run none\n```", /no script none/],
  ["```sh\nnpx mocha --no-config test/none.test.ts\n```", /npx mocha test\/none\.test\.ts: no such file/],
  ["```sh\nnpx tsx src/main.ts promote --nmae x\n```", /nmae/],
  ["```sh\nnpx none\n```", /no such tool/],
  ["```sh\nkubectl apply -k tekton/none\n```", /tekton\/none: no such file/],
  ["```sh\ntkn task start bluegreen -p actoin=stage\n```", /no param actoin/],
  ["```sh\ntkn task start bluegreen -p action=stage\n```", /needs the param git-url/],
  ["```sh\ntkn task start bluegreen -p action=stage\n```", /wants --use-param-defaults/],
  ["```sh\ngerp x\n```", /“gerp” is no program/],
  ["```console none\n$ x\n```", /no scene “none”/],
  ["```console promote\n$ bluegreen rollback\n```", /run npm run docs/],
];

describe("what the checks find", () => {
  for (const [markdown, problem] of wrong) {
    it(JSON.stringify(markdown), async () => {
      const found = await pageProblems(readPage("README.md", markdown), { pages, scenes });
      assert.match(found.join("\n"), problem);
      assert.match(found.join("\n"), /^README\.md:1: /);
    });
  }

  it("nothing in what is right", async () => {
    for (const line of [
      "bluegreen promote --namespace a --name b --git-url https://git.example.com/a/b.git --prometheus-url https://p.example.com  # now",
      "BLUEGREEN_OUTPUT=json bluegreen plan rollback | node --version",
      "kubectl apply -k tekton && kubectl apply -f tekton/samples/git-auth.yaml",
    ]) {
      assert.deepEqual(await commandProblems(line), []);
    }
  });
});
