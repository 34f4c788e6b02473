/**
 * The guards that keep the program right, and how to take each away: an exact text of the sources, replaced while they
 * are bundled. The sources themselves stay as they are; a text that is no longer there is an error.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { Mistake } from "./oracle/evidence.ts";

export interface Removal {
  /** From the project's folder. */
  readonly file: string;
  readonly text: string;
  readonly without: string;
}

export interface Guard {
  readonly name: string;
  readonly removals: readonly Removal[];
  /** A seed that showed that it is missing when this was last looked for: `npm run chaos -- --guards`. */
  readonly seed: number;
}

const rollout = "src/core/rollout.ts";

export const guards: readonly Guard[] = [
  {
    name: "T1: the prev entry must name blue",
    seed: 3,
    removals: [
      {
        file: rollout,
        text: "if (blue !== undefined && previousEntry(service)?.revision === blue && hasEverything(service, blue))",
        without: "if (previousEntry(service)?.percent === 100)",
      },
    ],
  },
  {
    name: "T2: the live spec must hold the percent",
    seed: 29,
    removals: [
      {
        file: rollout,
        text: "if (service.specPercent !== expected.percent) {",
        without: "if (service.specPercent === -1) {",
      },
    ],
  },
  {
    name: "T3: green must be ready before a promote",
    seed: 6,
    removals: [
      {
        file: "src/core/preflight.ts",
        text: "if (latestCreated !== undefined && latestCreated === latestReady) return null;",
        without: "if (latestCreated !== latestReady) return null; else return null;",
      },
    ],
  },
  {
    name: "T4: a blocked rollback is told as such",
    seed: 47,
    removals: [
      {
        file: rollout,
        text: 'if (expected.action !== "rollback" || expected.percent === 100) return false;',
        without: "if (expected.action !== undefined) return false;",
      },
    ],
  },
  {
    name: "T5: what was live must be live after a stage",
    seed: 223,
    removals: [
      {
        file: rollout,
        text: 'const stable =\n    previous.revision === service.latestRolledout && isTrue(service.conditions["PredictorRouteReady"]);',
        without: "const stable = false;",
      },
      {
        file: rollout,
        text: "return (expected.active ?? service.latestReady) as string;",
        without:
          'return ((expected.action === "stage" ? previousEntry(service)?.revision : undefined) ?? expected.active ?? service.latestReady) as string;',
      },
    ],
  },
  {
    name: "T6: a pod of the active revision must be ready",
    seed: 8,
    removals: [
      {
        file: rollout,
        text: "if (hasReadyPod(scene, active) || scene.service.minReplicas === 0) return null;",
        without: "if (active !== undefined) return null;",
      },
    ],
  },
  {
    name: "the route must be in force",
    seed: 14,
    removals: [
      { file: rollout, text: "if (isTrue(route)) return null;", without: "if (route !== null) return null;" },
    ],
  },
  {
    name: "samples must be fresh",
    seed: 110,
    removals: [
      {
        file: "src/core/verdict/evidence.ts",
        text: "if (last === undefined || intervalSeconds === undefined || down) return false;",
        without: "if (last !== undefined) return true;",
      },
      {
        file: "src/core/verdict/evidence.ts",
        text: "return nowSeconds - last.time <= Math.min(",
        without: "return nowSeconds - (last?.time ?? 0) <= Math.min(",
      },
      {
        file: "src/core/verdict/evidence.ts",
        text: "2 * intervalSeconds + toleranceSeconds",
        without: "2 * (intervalSeconds ?? 0) + toleranceSeconds",
      },
    ],
  },
  {
    name: "only inference methods are traffic",
    seed: 5,
    removals: [
      {
        file: "src/core/verdict/runtimes.ts",
        text: 'filter: { method: "ModelInfer|Predict" },',
        without: "filter: {},",
      },
    ],
  },
  {
    name: "the push is a compare-and-swap",
    seed: 8,
    removals: [
      {
        file: "test/steps/fakes.ts",
        text: "if (base.commit !== head) return",
        without: "if (base.commit === undefined) return",
      },
    ],
  },
  {
    name: "who is overtaken looks whether our values changed",
    seed: 8,
    removals: [
      {
        file: "src/steps/mutate.ts",
        text: 'if (plan.kind === "unchanged" || sameValues(seen, plan.values)) return;',
        without: "if (seen !== undefined) return;",
      },
    ],
  },
  {
    name: "SUPERSEDED: a later commit on our values is somebody's decision",
    seed: 22,
    removals: [
      {
        file: "src/steps/branch.ts",
        text: "if (percentIsOurs && versionIsOurs && setsAreOurs) return;",
        without: "if (percentIsOurs || !percentIsOurs) return;",
      },
    ],
  },
  {
    name: "who was overruled after the own commit makes no second one",
    seed: 13,
    removals: [
      {
        file: "src/steps/mutate/prepare.ts",
        text: "if (reach !== undefined) await refuseOverruled(request, snapshot, { intent, values, reach });",
        without: "if (reach !== undefined && refuseOverruled === undefined) throw new Error();",
      },
    ],
  },
  {
    name: "what a query does not show, its counters tell",
    seed: 216,
    removals: [
      {
        file: "src/core/promql/verdict.ts",
        text: "({ requests }) => requests > 0",
        without: "({ requests }) => requests < 0",
      },
    ],
  },
  {
    name: "behind a query every other pod must be seen",
    seed: 110,
    removals: [
      {
        file: "src/core/promql/verdict.ts",
        text: "const unseen = ready.find((pod) => !isWatched(pod));",
        without: "const unseen = ready.find(({ samples }) => samples < 0);",
      },
    ],
  },
  {
    name: "a staged green that has a URL must answer before a promote",
    seed: 253,
    removals: [
      {
        file: "src/core/probe/standing.ts",
        text: "if (owed && trouble !== undefined) return trouble;",
        without: "if (owed && trouble === undefined && role === undefined) return trouble;",
      },
      {
        file: "src/core/probe/standing.ts",
        text: "const open = course.rounds === 0 || isUnfinished(course, limits);",
        without: "const open = course.rounds < 0 && isUnfinished(course, limits);",
      },
    ],
  },
  {
    name: "an error is no answer to a probe",
    seed: 686,
    removals: [
      {
        file: "src/steps/verify/probing.ts",
        text: 'if (verdict.kind === "good") {',
        without: 'if (verdict.kind !== "away") {',
      },
    ],
  },
  {
    name: "what green counts beyond our own probes is somebody else's",
    seed: 858,
    removals: [
      {
        file: "src/core/verdict/probes.ts",
        text: "total + Math.max(0, beyond)",
        without: "total + Math.min(0, beyond * 0)",
      },
      {
        file: "src/core/verdict/probes.ts",
        text: "if (revision !== active && seen > sent)",
        without: "if (revision === undefined && seen > sent)",
      },
    ],
  },
  {
    name: "a check that failed decides",
    seed: 15,
    removals: [
      {
        file: "src/core/checks/report.ts",
        text: "if (failed !== undefined) return {",
        without: "if (failed?.dryRun === true) return {",
      },
    ],
  },
  {
    name: "a restore stages first where percent 100 would let in another version",
    seed: 86,
    removals: [
      {
        file: "src/core/restore.ts",
        text: 'return { kind: cause.kind === "blocked" ? "live" : "stage", version };',
        without: 'return { kind: "live", version };',
      },
    ],
  },
  {
    name: "a restore brings back the version that was live",
    seed: 143,
    removals: [
      {
        file: "src/core/restore.ts",
        text: "const byCluster = source === undefined ? undefined : versionOf(source);",
        without: 'const byCluster = source === undefined ? undefined : "v1";',
      },
      {
        file: "src/core/restore.ts",
        text: "const byGit = isLive(config) ? past.previous : past.live;",
        without: 'const byGit = past === undefined ? undefined : "v1";',
      },
    ],
  },
  {
    name: "of several models the worst decides",
    seed: 75,
    removals: [
      {
        file: "src/core/settlement.ts",
        text: "const deciding = worstOf(all);",
        without: "const deciding = all.slice(0, 1);",
      },
    ],
  },
  {
    name: "what stands against one model stands against the commit",
    seed: 616,
    removals: [
      {
        file: "src/steps/mutate.ts",
        text: "const failures = commits.flatMap(",
        without: "const failures = commits.slice(0, 1).flatMap(",
      },
    ],
  },
  {
    name: "who is overtaken looks at the values of each model",
    seed: 25,
    removals: [
      {
        file: "src/steps/mutate.ts",
        text: "of seen.entries())",
        without: "of seen.slice(0, 1).entries())",
      },
    ],
  },
  {
    name: "of a commit about several models each finds its own trailers",
    seed: 560,
    removals: [
      {
        file: "src/core/commit/trailers.ts",
        text: "return chosen ?? Object.assign({}, ...groups);",
        without: "return Object.assign({}, ...groups);",
      },
    ],
  },
  {
    name: "where one model cannot be taken back, the others are",
    seed: 654,
    removals: [
      {
        file: "src/steps/settle/recover.ts",
        text: "request.also === undefined || !isRefusal(error)",
        without: "request.also !== null || !isRefusal(error)",
      },
    ],
  },
];

export type SeedRunner = (seed: number) => Promise<{ readonly mistakes: readonly Mistake[] }>;

const project = fileURLToPath(new URL("../../", import.meta.url));

/** The simulator over sources without a guard. */
export async function withoutGuard({ name, removals }: Guard): Promise<SeedRunner> {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-guard-"));
  const outfile = join(folder, "world.mjs");
  try {
    await build({
      entryPoints: [join(project, "test/world/seed.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
      logLevel: "error",
      banner: {
        js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
      },
      plugins: [
        {
          name,
          setup({ onLoad }) {
            onLoad({ filter: /\.ts$/ }, async ({ path }) => {
              const mine = removals.filter(({ file }) => path === join(project, file));
              if (mine.length === 0) return undefined;
              const contents = mine.reduce(replaced, await readFile(path, "utf8"));
              return { contents, loader: "ts" };
            });
          },
        },
      ],
    });
    const { runSeed } = (await import(pathToFileURL(outfile).href)) as { readonly runSeed: SeedRunner };
    return runSeed;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function replaced(source: string, { file, text, without }: Removal): string {
  if (source.split(text).length < 2) throw new Error(`${file} no longer holds: ${text}`);
  return source.replaceAll(text, without);
}

/** A guard that is away must be missed this soon. */
export const soon = 1_000;

export const all = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

export interface Caught {
  readonly seed: number;
  readonly mistake: Mistake;
}

/** The first of these seeds whose story shows that the guard is missing. */
export async function firstCaught(guard: Guard, seeds: Iterable<number>): Promise<Caught | undefined> {
  const run = await withoutGuard(guard);
  for (const seed of seeds) {
    const [mistake] = (await run(seed)).mistakes;
    if (mistake !== undefined) return { seed, mistake };
  }
  return undefined;
}
