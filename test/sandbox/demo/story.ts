import { run } from "../../../src/cli/run.ts";
import { version } from "../../../src/version.ts";
import { setFaults } from "../cluster/faults.ts";
import type { Sandbox } from "../sandbox.ts";
import { isvcTable } from "./table-text.ts";

interface Chapter {
  readonly title: string;
  readonly argv: readonly string[];
  /** The exit code that the story expects. */
  readonly exit: number;
  readonly before?: (sandbox: Sandbox) => void;
}

const green = "9f86d08188";

const chapters: readonly Chapter[] = [
  {
    title: `Stage green, version ${green}, at 0 percent`,
    argv: ["stage", "--model-version", green],
    exit: 0,
  },
  { title: "Promote green to 100 percent", argv: ["promote"], exit: 0 },
  { title: "Roll back to blue", argv: ["rollback"], exit: 0 },
  {
    title: "Promote again, but the chart no longer renders the percent: this must be caught",
    argv: ["promote", "--sync-grace", "3s"],
    exit: 33,
    before: ({ store }) => setFaults(store, { argocd: { chart: "ignores-canary" } }),
  },
];

/** Runs the program itself, chapter by chapter, and gives back the exit code of the demo. */
export async function tellStory(sandbox: Sandbox): Promise<number> {
  const startedAt = Date.now();
  print(`Prometheus: ${sandbox.prometheus?.kind}. Blue serves:\n`);
  printTable(sandbox);
  let surprises = 0;
  for (const [at, { title, argv, exit, before }] of chapters.entries()) {
    before?.(sandbox);
    print(`\n== ${at + 1}. ${title}\n$ bluegreen ${argv.join(" ")}`);
    const code = await runProgram(sandbox, [...argv, "--settle-time", "2s"]);
    print(`exit code ${code}${code === exit ? "" : `, but the story expects ${exit}`}\n`);
    if (code !== exit) surprises += 1;
    printTable(sandbox);
  }
  print(`\n== What is in Git\n${await sandbox.git.git(["log", "--format=%h %an: %s", "main"])}`);
  const took = Math.round((Date.now() - startedAt) / 1000);
  print(
    surprises === 0 ? `The demo told its story in ${took} s.` : `The demo went wrong in ${surprises} places.`,
  );
  return surprises === 0 ? 0 : 1;
}

function runProgram(sandbox: Sandbox, argv: readonly string[]): Promise<number> {
  return run({
    argv,
    env: { ...process.env, ...sandbox.env },
    streams: { out: indented, err: indented },
    version,
    signal: new AbortController().signal,
  });
}

function printTable(sandbox: Sandbox): void {
  const service = sandbox.service();
  if (service !== undefined) print(`$ oc get isvc jukebox -n user1-test\n${isvcTable(service, Date.now())}`);
}

function indented(text: string): void {
  process.stdout.write(text.replace(/^(?=.)/gm, "  "));
}

function print(text: string): void {
  console.log(text);
}
