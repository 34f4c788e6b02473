/** The page in a real browser: light and dark, desk and phone; judged by axe, and by what it asks of the network. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import type { RunState } from "../../../src/core/run-state.ts";
import { htmlReport } from "../../../src/report/html/page.ts";
import { drawPicture } from "../../../src/report/picture.ts";
import type { WholeRun } from "../../../src/report/whole.ts";
import { findChromium, launch } from "../../browser/chromium.ts";
import { proven, refused, traffic, wholeOf } from "../wholes.ts";

const failed: RunState = {
  ...proven,
  verdict: {
    startedAt: 1,
    endedAt: 2,
    summary: "7 requests on blue",
    trouble: {
      reason: "OTHER_REVISION_SERVED",
      evidence: "7 requests",
      command: `oc logs ${"x".repeat(300)}`,
    },
  },
  recovery: { run: { ...proven, expectation: { ...proven.expectation, action: "rollback" } } },
};
const other = {
  ...proven,
  service: { namespace: "user1-test", name: "a-model-with-a-rather-long-name-of-its-own" },
};

const pages: readonly (readonly [what: string, whole: WholeRun])[] = [
  [
    "a run about two models that failed and was rolled back",
    wholeOf({ ...failed, also: [other] }, { traffic: [traffic, { kind: "none", why: "503" }] }),
  ],
  ["a run that was refused", refused()],
];
const looks = [
  { what: "on a desk, light", width: 1100, colorScheme: "light" },
  { what: "on a desk, dark", width: 1100, colorScheme: "dark" },
  { what: "on a phone, light", width: 390, colorScheme: "light" },
  { what: "on a phone, dark", width: 320, colorScheme: "dark" },
] as const;

describe("the HTML report in a browser", function () {
  this.timeout(60_000);
  let folder = "";
  let browser: Browser;
  let axe = "";
  before(async function () {
    const program = await findChromium();
    if (program === undefined) {
      assert.notEqual(process.env["BLUEGREEN_REQUIRE_ALL"], "1", "no program named chromium on PATH");
      console.log("      chromium is not on PATH");
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "bluegreen-browser-"));
    axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    browser = await launch(program);
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** One page for all looks: each is seconds of loading otherwise. */
  async function show(whole: WholeRun) {
    const page = await browser.newPage();
    const asked: string[] = [];
    const said: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    // A policy that is broken says so there.
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    const file = join(folder, "report.html");
    await writeFile(file, htmlReport(whole, drawPicture));
    const url = pathToFileURL(file).href;
    await page.goto(url);
    await page.evaluate(axe);
    return { page, said, others: () => asked.filter((each) => each !== url) };
  }

  async function lookAt(page: Page, { width, colorScheme }: (typeof looks)[number]): Promise<void> {
    await page.setViewportSize({ width, height: 844 });
    await page.emulateMedia({ colorScheme });
  }

  async function violations(page: Page): Promise<readonly string[]> {
    const results = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as AxeResults;
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
    );
  }

  for (const [what, whole] of pages) {
    it(`${what}: accessible, nothing asked of anybody, no scrolling sideways`, async () => {
      const { page, said, others } = await show(whole);
      // What is folded away is looked at, too.
      await page.evaluate(`for (const each of document.querySelectorAll("details")) each.open = true`);
      for (const look of looks) {
        await lookAt(page, look);
        assert.deepEqual([look.what, await violations(page)], [look.what, []]);
        const wide = await page.evaluate("document.documentElement.scrollWidth");
        assert.ok(Number(wide) <= look.width, `${look.what}: ${wide} pixels wide`);
      }
      assert.deepEqual([others(), said], [[], []]);
      await page.close();
    });
  }

  it("shows one picture, the one for its width, drawn in the colours of its light", async () => {
    const { page } = await show(wholeOf());
    const shown: unknown[] = [];
    for (const look of looks) {
      await lookAt(page, look);
      shown.push(
        await page.evaluate(`{
          const [seen, ...more] = [...document.querySelectorAll("svg")].filter((each) => each.getBoundingClientRect().width > 0);
          [more.length, seen.getAttribute("width"), getComputedStyle(seen.querySelector('[stroke="var(--blue)"]')).stroke,
           getComputedStyle(seen.querySelector("text")).fontSize] }`),
      );
    }
    assert.deepEqual(shown, [
      [0, "960", "rgb(18, 72, 156)", "12px"],
      [0, "960", "rgb(92, 157, 255)", "12px"],
      [0, "360", "rgb(18, 72, 156)", "12px"],
      [0, "360", "rgb(92, 157, 255)", "12px"],
    ]);
    await page.close();
  });

  it("would be found out by axe, and by the policy, if it did otherwise", async () => {
    const { page, said } = await show(refused());
    await page.evaluate(`
      document.querySelector("main").insertAdjacentHTML("beforeend",
        '<p id="pale">pale</p><img src="https://example.invalid/x.png">');
      document.querySelector("#pale").style.setProperty("color", "#eee")`);
    const found = await violations(page);
    assert.ok(
      found.some((each) => each.startsWith("color-contrast")),
      found.join("\n"),
    );
    assert.ok(found.some((each) => each.startsWith("image-alt")));
    assert.match(said.join("\n"), /Content Security Policy/);
    await page.close();
  });
});
