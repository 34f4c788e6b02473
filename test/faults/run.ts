/** One run under a fault, and everything that must be true of it whatever its outcome. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { exitCodes, type ReasonId, reasons } from "../../src/errors/catalogue.ts";
import type { FaultCase } from "./cases.ts";
import { type Ended, longestRunMs, type Running } from "./processes.ts";
import {
  type Action,
  next,
  password,
  type Scene,
  settled,
  staged,
  startScenes,
  untilProven,
} from "./scene.ts";

export interface Judged {
  readonly name: string;
  /** How to run it again. */
  readonly replay: string;
  readonly codes: readonly (number | undefined)[];
  readonly ms: number;
  /** Empty: all is as it must be. */
  readonly violations: readonly string[];
  readonly log: string;
}

export const replayCommand = (what: string) => `npm run chaos:processes -- ${what}`;

const secrets = [password, Buffer.from(`user1:${password}`).toString("base64"), "admin-token"];

/** What holds of every run that ended by itself. */
export function violationsOf(ended: Ended, scene: Scene, action: Action): readonly string[] {
  const { code, text, ms, sinceSignalMs } = ended;
  const found: string[] = [];
  if (ms >= longestRunMs) found.push("hang: it did not end by itself");
  if (code === undefined) found.push("unexplained exit: a signal ended it");
  if (code === exitCodes.bug) found.push("unexplained exit: a bug");
  if (code === 0 && !scene.serves(scene.wanted(action)))
    found.push(`FALSE PASS: the traffic is ${scene.split()}`);
  if (code !== 0 && code !== undefined && !isExplained(code, text))
    found.push(`unexplained exit: ${code} without its reason`);
  // Half a second for a machine that is busy: the promise is ten.
  if (sinceSignalMs !== undefined && sinceSignalMs > 10_500)
    found.push(`hang: it ended ${Math.round(sinceSignalMs)} ms after it was told to`);
  if (secrets.some((secret) => text.includes(secret))) found.push("a secret shows");
  if (/(?!\n)\p{Cc}/u.test(text)) found.push("a control character shows");
  return code === undefined ? found : [...found, ...halfDone(ended)];
}

/** The results say what the exit code says, and the state file knows every commit that was made. */
function halfDone({ code, text, results, state }: Ended): readonly string[] {
  const found: string[] = [];
  const known = Object.hasOwn(reasons, results["reason"] ?? "") ? results["reason"] : undefined;
  const reason = known === undefined ? undefined : reasons[known as ReasonId];
  if (reason === undefined || exitCodes[reason.class] !== code || reason.outcome !== results["outcome"])
    found.push(
      `half-done: exit code ${code}, and the results say ${results["outcome"]} ${results["reason"]}`,
    );
  for (const [, commit = ""] of text.matchAll(/^Pushed commit ([0-9a-f]+)/gm))
    if (!state?.includes(commit)) found.push(`half-done: the state file does not know commit ${commit}`);
  return found;
}

/** Its last lines name a reason of this code, or say that it was cancelled. */
function isExplained(code: number, text: string): boolean {
  if (code === exitCodes.cancelled) return /CANCELLED/.test(text);
  return Object.entries(reasons).some(
    ([id, reason]) => exitCodes[reason.class] === code && new RegExp(`\\b${id}\\b`).test(text),
  );
}

/** In the scene given, or in one of its own where the case wants that. */
export async function runCase(shared: Scene, fault: FaultCase): Promise<Judged> {
  if (fault.alone === undefined) return judge(shared, fault);
  const [scene] = await startScenes();
  if (scene === undefined) throw new Error("unreachable: one model is one scene");
  try {
    if (fault.alone !== "fresh") await staged(scene);
    if (fault.alone === "promoted") await scene.start("promote", "promote").ended;
    return await judge(scene, fault);
  } finally {
    await scene.sandbox.stop();
  }
}

async function judge(scene: Scene, fault: FaultCase): Promise<Judged> {
  if (fault.alone === undefined) await ready(scene, fault);
  const run = `run-${randomUUID()}`;
  const env = { ...fault.env, ...(await fault.prepare?.(scene)) };
  await fault.before?.(scene);
  const action = fault.action ?? next(scene);
  const base = await scene.head();
  const requests = scene.sandbox.api.requests.length;
  const process = scene.start(action, run, env);
  const [ended, trouble] = await Promise.all([
    process.ended,
    fault.strike?.({ scene, run: process, base, requests }).then(() => [], (error: Error) => [`the fault itself: ${error.message}`]),
  ]); // biome-ignore format: short
  const violations = [...violationsOf(ended, scene, action), ...(trouble ?? [])];
  if (!fault.codes.includes(ended.code ?? -1)) violations.push(`exit code ${ended.code}, not ${fault.codes}`);
  const commits = await scene.commitsOf(run);
  if (commits !== fault.commits) violations.push(`${commits} commits instead of ${fault.commits}`);
  await scene.heal();
  const first = { codes: [ended.code], log: `--- ${action}\n${ended.text}` };
  const again =
    fault.again === "no"
      ? nothing
      : fault.again === "as it says"
        ? await pasted(scene, ended.text)
        : await sameAgain(scene, action, run, fault.again);
  return {
    name: fault.name,
    replay: replayCommand(`--case "${fault.name}"`),
    codes: [...first.codes, ...again.codes],
    ms: ended.ms,
    violations: [...violations, ...again.violations],
    log: `${first.log}\n${again.log}`,
  };
}

/** The cluster is as the file says, and the action is the next one. */
async function ready(scene: Scene, { action }: FaultCase): Promise<void> {
  await settled(scene);
  if (action === undefined || action === next(scene)) return;
  await untilProven(scene, next(scene), `ready-${randomUUID()}`);
}

/** The command that stands at the end of the output, once all is well: it must prove what was cut short, without a commit. */
async function pasted(scene: Scene, text: string): Promise<Further> {
  const line = /To go on with it: (bluegreen .*)$/m.exec(text)?.[1];
  if (line === undefined) return { ...nothing, violations: ["it does not say how to go on"] };
  const base = await scene.head();
  const ended = await scene.paste(line).ended;
  const violations = [...violationsOf(ended, scene, "rollback")];
  if (ended.code !== 0) violations.push(`exit code ${ended.code}, not 0`);
  if ((await scene.head()) !== base) violations.push("another commit was made");
  return {
    codes: [ended.code],
    log: `--- ${line}\n${ended.text}`,
    violations: violations.map((each) => `going on: ${each}`),
  };
}

type Further = Pick<Judged, "codes" | "log" | "violations">;

const nothing: Further = { codes: [], log: "", violations: [] };

/** The same command once all is well: it must end as it may, with exactly one commit in all. */
async function sameAgain(
  scene: Scene,
  action: Action,
  run: string,
  allowed: readonly number[],
): Promise<Further> {
  const all = await untilProven(scene, action, run);
  const violations = all.flatMap((ended) => violationsOf(ended, scene, action));
  const last = all.at(-1)?.code;
  if (!allowed.includes(last ?? -1)) violations.push(`exit code ${last}, not ${allowed}`);
  const commits = await scene.commitsOf(run);
  if (commits !== 1) violations.push(`${commits} commits instead of 1`);
  return {
    codes: all.map(({ code }) => code),
    log: all.map(({ text }) => `--- ${action}, again\n${text}`).join("\n"),
    violations: violations.map((each) => `again: ${each}`),
  };
}

/** mulberry32: small, and the same on every machine. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Kills a run at a random moment, now and then the next one too; then the same command must prove one commit. */
export async function killRandomly(scene: Scene, seed: number, usualMs: number): Promise<Judged> {
  const random = randomFrom(seed);
  await settled(scene);
  const action = next(scene);
  const run = `kill-${seed}-${randomUUID()}`;
  const codes: (number | undefined)[] = [];
  const violations: string[] = [];
  let log = "";
  const began = performance.now();
  for (let kill = 0; kill === 0 || (kill < 3 && random() < 0.3); kill++) {
    const process = scene.start(action, run);
    const ended = await killAfter(process, random() * usualMs);
    codes.push(ended.code);
    log += `--- ${action}, killed\n${ended.text}\n`;
    if (ended.code !== undefined) violations.push(...violationsOf(ended, scene, action));
    const commits = await scene.commitsOf(run);
    if (commits > 1) violations.push(`${commits} commits after the kill`);
  }
  const again = await sameAgain(scene, action, run, [0]);
  const name = `kill -9, seed ${seed}`;
  return {
    name,
    replay: replayCommand(`--kill ${seed}`),
    codes: [...codes, ...again.codes],
    ms: performance.now() - began,
    violations: [...violations, ...again.violations],
    log: `${log}${again.log}`,
  };
}

async function killAfter(process: Running, ms: number): Promise<Ended> {
  await Promise.race([sleep(ms), process.ended]);
  if (!process.hasEnded) process.signal("SIGKILL");
  return process.ended;
}

/** Milliseconds of an undisturbed run, which is itself looked at. */
export async function usualRun(scene: Scene): Promise<number> {
  const action = next(scene);
  const [ended, ...others] = await untilProven(scene, action, `usual-${randomUUID()}`);
  const last = others.at(-1) ?? ended;
  if (ended === undefined || last?.code !== 0) throw new Error(`${last?.code}\n${last?.text}`);
  return ended.ms;
}

/** Each seed once, by as many models as there are scenes at the same time. */
export async function killAll(
  scenes: readonly Scene[],
  seeds: readonly number[],
  tell: (judged: Judged) => void,
): Promise<void> {
  const left = [...seeds];
  await Promise.all(
    scenes.map(async (scene) => {
      await staged(scene);
      const usualMs = await usualRun(scene);
      for (let seed = left.shift(); seed !== undefined; seed = left.shift())
        tell(await killRandomly(scene, seed, usualMs));
    }),
  );
}
