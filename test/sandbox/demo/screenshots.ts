/**
 * `npm run screenshots`: promotes a model on the embedded cluster, and pictures the report of that run in Chromium, for
 * the documentation. Takes about two minutes, because requests have to be seen before and after the cut-over.
 */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { run } from "../../../src/cli/run.ts";
import { version } from "../../../src/version.ts";
import { findChromium, launch } from "../../browser/chromium.ts";
import { type Sandbox, startSandbox } from "../sandbox.ts";

const [folder = "docs/images"] = process.argv.slice(2);

const picture = ".card:has(figure)";

/** Each shows the page from the top of one element to the bottom of another. */
const shots = [
  { name: "report-desktop", width: 1000, colorScheme: "light", scale: 0.9, from: "body", to: picture },
  { name: "report-dark", width: 1000, colorScheme: "dark", scale: 0.9, from: "body", to: picture },
  {
    name: "report-phone",
    width: 390,
    colorScheme: "light",
    scale: 1.5,
    from: picture,
    to: `${picture} + .card`,
  },
] as const;

const program = await findChromium();
if (program === undefined) throw new Error("no program named chromium on PATH");
const sandbox = await startSandbox({ requestsPerSecond: 30, scrapeSeconds: 2 });
try {
  await mkdir(folder, { recursive: true });
  await take(program, await promote(sandbox));
} finally {
  await sandbox.stop();
}

/** Gives back the report's path. */
async function promote(sandbox: Sandbox): Promise<string> {
  await sleep(30_000);
  await bluegreen(sandbox, ["stage", "--model-version", "9f86d08188"]);
  await sleep(20_000);
  const report = join(sandbox.folder, "report.html");
  const checks = ["--max-error-ratio", "1%", "--max-latency", "500ms"];
  await bluegreen(sandbox, [
    "promote",
    "--settle-time",
    "2s",
    "--min-requests",
    "500",
    ...checks,
    "--report",
    report,
  ]);
  return report;
}

async function bluegreen(sandbox: Sandbox, argv: readonly string[]): Promise<void> {
  const out = (text: string) => void process.stdout.write(text);
  const signal = new AbortController().signal;
  const env = { ...process.env, ...sandbox.env };
  const code = await run({ argv, env, streams: { out, err: out }, version, signal });
  if (code !== 0) throw new Error(`bluegreen ${argv[0]} ended with ${code}`);
}

async function take(executable: string, report: string): Promise<void> {
  const browser = await launch(executable);
  try {
    for (const { name, width, colorScheme, scale, from, to } of shots) {
      const viewport = { width, height: 844 };
      const page = await browser.newPage({ viewport, colorScheme, deviceScaleFactor: scale });
      await page.goto(pathToFileURL(report).href);
      const [first, last] = await Promise.all(
        [from, to].map((each) => page.locator(each).first().boundingBox()),
      );
      if (!first || !last) throw new Error(`${name}: ${from} or ${to} is not on the page`);
      const y = Math.max(0, first.y - 12);
      const clip = { x: 0, y, width, height: last.y + last.height + 12 - y };
      const path = join(folder, `${name}.png`);
      await page.screenshot({ path, clip, fullPage: true });
      console.log(`${path}: ${Math.round((await stat(path)).size / 1000)} kB`);
    }
  } finally {
    await browser.close();
  }
}
