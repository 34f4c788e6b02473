/**
 * `npm run chaos:processes`: every fault, and 200 processes killed at random moments, over the HTTPS sandbox.
 * `-- --case NAME` runs one fault, `-- --kill SEED` one kill, `-- --kills N` as many; `-- --only kills` no faults.
 */
import { parseArgs } from "node:util";
import { jukebox } from "../sandbox/sandbox.ts";
import { cases } from "./cases.ts";
import { type Judged, killAll, runCase } from "./run.ts";
import { type Scene, staged, startScenes } from "./scene.ts";

const { values } = parseArgs({
  options: {
    case: { type: "string" },
    kill: { type: "string" },
    kills: { type: "string", default: "200" },
    only: { type: "string" },
  },
});
const all: Judged[] = [];

function tell(judged: Judged): void {
  all.push(judged);
  const { name, codes, ms, violations, replay, log } = judged;
  const ends = codes.map((code) => code ?? "killed").join(", ");
  console.log(`${violations.length === 0 ? "ok  " : "BAD "} ${name}: ${ends} (${(ms / 1000).toFixed(1)} s)`);
  if (violations.length > 0) console.log(`${log}\n${violations.join("\n")}\nAgain: ${replay}`);
}

async function inSandbox(
  models: Parameters<typeof startScenes>[0],
  work: (scenes: readonly Scene[]) => Promise<void>,
) {
  const scenes = await startScenes(models);
  try {
    await work(scenes);
  } finally {
    await scenes[0]?.sandbox.stop();
  }
}

const chosen =
  values.kill !== undefined || values.only === "kills"
    ? []
    : cases.filter(({ name }) => (values.case ?? name) === name);
if (values.case !== undefined && chosen.length === 0) throw new Error(`no fault is called ${values.case}`);
if (chosen.length > 0) {
  await inSandbox([jukebox], async ([scene]) => {
    if (scene === undefined) return;
    if (chosen.some(({ alone }) => alone === undefined)) await staged(scene);
    for (const each of chosen) tell(await runCase(scene, each));
  });
}

const seeds =
  values.kill !== undefined
    ? [Number(values.kill)]
    : Array.from({ length: values.case === undefined ? Number(values.kills) : 0 }, (_, index) => index + 1);
if (seeds.length > 0) {
  const lanes = [1, 2, 3, 4].map((number) => {
    const name = `model-0000${number}`;
    return { ...jukebox, name, path: `model-deployments/test/${name}/config.yaml` };
  });
  await inSandbox(lanes.slice(0, seeds.length), (scenes) => killAll(scenes, seeds, tell));
}

const count = (pattern: RegExp) =>
  all.filter(({ violations }) => violations.some((each) => pattern.test(each))).length;
const runs = all.reduce((sum, { codes }) => sum + codes.length, 0);
const kills = all.reduce((sum, { codes }) => sum + codes.filter((code) => code === undefined).length, 0);
const late = all.filter(({ name, codes }) => name.startsWith("kill") && codes.includes(25)).length;
const bad = all.filter(({ violations }) => violations.length > 0);
console.log(
  [
    "",
    `${all.length} scenes, ${runs} processes, ${kills} of them killed: ${bad.length} not as they must be`,
    `false PASS ${count(/FALSE PASS/)}, lost or doubled commits ${count(/commits/)}, hangs ${count(/hang/)}, ` +
      `kills whose proof took more than one run ${late}, unexplained exits ${count(/unexplained/)}, secrets shown ${count(/secret/)}`,
    ...bad.map(({ name, replay }) => `  ${name}: ${replay}`),
  ].join("\n"),
);
process.exitCode = bad.length === 0 ? 0 : 1;
