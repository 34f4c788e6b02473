/**
 * Writes the reports that were asked for. A report says what happened and decides nothing: what goes wrong with it is a
 * warning, and outcome, results and exit code stay as they are.
 */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Action, actions } from "../core/intent.ts";
import { modelsOf, type RunState } from "../core/run-state.ts";
import type { Settlement } from "../core/settlement.ts";
import { printable } from "../core/text.ts";
import type { Failure } from "../errors/failure.ts";
import type { Log, Metrics } from "../ports.ts";
import type { Asked, WholeRun } from "../report/whole.ts";
import type { Found } from "../steps/mutate.ts";
import type { Traffic } from "../steps/settle/traffic.ts";
import { version } from "../version.ts";
import { systemClock } from "./clock.ts";
import { type CommandName, commands } from "./commands.ts";
import { variableOf } from "./options.ts";
import { type ReportFile, reportFileOf } from "./parse.ts";
import type { Environment, Flags } from "./resolve.ts";

/** What a run can say at its end. */
export interface Ended {
  readonly settlement: Settlement;
  readonly failure?: Failure | undefined;
  readonly state?: RunState | undefined;
  readonly found?: readonly Found[] | undefined;
}

/** Where from and where to. */
export interface Reporting {
  readonly command: CommandName;
  /** Read without their parsers: the options may be what is wrong. */
  readonly flags: Flags;
  readonly env: Environment;
  readonly log: Log;
  /** Aborted: nothing is asked any more. */
  readonly signal: AbortSignal;
  /** For the picture; absent where nothing can be asked. */
  readonly traffic?: ((state: RunState) => Promise<readonly Traffic[]>) | undefined;
}

/** Never throws. */
export async function writeReports(reporting: Reporting, ended: Ended): Promise<void> {
  const { log, signal, traffic } = reporting;
  const asked = askedOf(reporting, ended.state);
  const files = filesOf(reporting, asked);
  if (files.length === 0) return;
  const { state } = ended;
  const gathered = state === undefined || traffic === undefined || signal.aborted ? [] : await traffic(state);
  const whole: WholeRun = {
    version,
    at: systemClock(state?.clock).now(),
    asked,
    traffic: gathered,
    found: ended.found ?? [],
    ...ended,
  };
  for (const { path, kind } of files) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, await renderers[kind](whole));
      log.info(`Report: ${path}`);
    } catch (error) {
      log.warn(`The report ${path} is not written: ${printable(messageOf(error), 300)}`);
    }
  }
}

const renderers: Readonly<Record<ReportFile["kind"], (whole: WholeRun) => Promise<string>>> = {
  async html(whole) {
    const { htmlReport } = await import("../report/html/page.ts");
    return htmlReport(whole, await loadDraw(whole));
  },
  async md(whole) {
    const { markdownReport } = await import("../report/markdown.ts");
    return markdownReport(whole);
  },
  async json(whole) {
    const { wholeAsJson } = await import("../report/json.ts");
    return `${JSON.stringify(wholeAsJson(whole), null, 2)}\n`;
  },
};

/** The plotting library takes longer to load than a step to start: only where there is something to draw. */
async function loadDraw({ traffic }: WholeRun) {
  if (!traffic.some(({ kind }) => kind === "rates")) return "there is nothing to draw";
  try {
    return (await import("../report/picture.ts")).drawPicture;
  } catch (error) {
    return `the plotting library cannot be loaded (${printable(messageOf(error), 200)})`;
  }
}

/** The query is tried for a shorter time than the proof's: somebody waits for the outcome. */
export async function gather(
  metrics: () => Promise<Metrics>,
  state: RunState,
  runtime: Parameters<typeof import("../steps/settle/traffic.ts").gatherTraffic>[2],
): Promise<readonly Traffic[]> {
  const { gatherTraffic } = await import("../steps/settle/traffic.ts");
  const ports = { metrics, clock: systemClock(state.clock) };
  return Promise.all(modelsOf(state).map((model) => gatherTraffic(ports, model, runtime)));
}

async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
}

function filesOf(reporting: Reporting, asked: Asked): readonly ReportFile[] {
  const named = textsOf(reporting, "report").flatMap((path) => reportFileOf(path) ?? []);
  const folders = textsOf(reporting, "report-dir").slice(0, 1);
  const name = fileNameOf(asked);
  const kinds = Object.keys(renderers) as readonly ReportFile["kind"][];
  return [
    ...named,
    ...folders.flatMap((folder) => kinds.map((kind) => ({ path: join(folder, `${name}.${kind}`), kind }))),
  ];
}

/** The same for every run of its kind: a link to it stays good, and who wants to keep them gives a folder a run. */
function fileNameOf({ action, namespace, names }: Asked): string {
  const parts = ["bluegreen", action, namespace, names[0]].filter((part) => part !== undefined);
  // Not yet parsed where the options are what is wrong.
  return parts.filter((part) => /^[a-z0-9-]{1,63}$/.test(part)).join("-");
}

function askedOf(reporting: Reporting, state: RunState | undefined): Asked {
  if (state !== undefined) {
    const { namespace } = state.service;
    return {
      action: state.intent.action,
      namespace,
      names: modelsOf(state).map(({ service }) => service.name),
    };
  }
  const { command } = reporting;
  const action = [command, ...textsOf(reporting, "action")].find(isAction);
  return { action, namespace: textsOf(reporting, "namespace")[0], names: textsOf(reporting, "name") };
}

function isAction(text: string): text is Action {
  return actions.some((action) => action === text);
}

function textsOf(
  { command, flags, env }: Reporting,
  name: "report" | "report-dir" | "action" | "namespace" | "name",
): readonly string[] {
  if (!commands[command].names.includes(name)) return [];
  const given = flags[name] ?? env[variableOf(name)]?.split("\n") ?? [];
  return (Array.isArray(given) ? given : [given]).map(String).filter((text) => text !== "");
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.message;
}
