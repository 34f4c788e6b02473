/** From argv and environment to an exit code. Every error ends here: one of the catalogue is explained, any other is a bug. */
import { resultsOf } from "../core/results.ts";
import type { RunState } from "../core/run-state.ts";
import { fromTrouble } from "../core/settlement.ts";
import { exitCodes, reasons } from "../errors/catalogue.ts";
import { Failure } from "../errors/failure.ts";
import type { Log } from "../ports.ts";
import { failureAsJson } from "../report/json.ts";
import { explainFailure } from "../report/text.ts";
import { settleFailed } from "../steps/settle.ts";
import { createResultsSink, writeResultsNow } from "../tekton/results.ts";
import { parseArguments } from "./arguments.ts";
import { askedOf } from "./asked.ts";
import { type CommandName, commands, isAction, stepNames } from "./commands.ts";
import { type Console, createConsole, type Streams } from "./console.ts";
import { type OptionName, variableOf } from "./options.ts";
import { writeReports } from "./report.ts";
import { type Environment, type Flags, resolve, type Wanted } from "./resolve.ts";
import { runChain, runPlan, runStep } from "./run-steps.ts";
import type { Session } from "./session.ts";
import { forgetEarlierState } from "./state-file.ts";

export interface Host {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly streams: Streams;
  readonly version: string;
  /** Aborted by SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /** Told of a command that changes nothing: a signal may end it at once, with this code. */
  readonly onlyReads?: (code: number) => void;
  /** Told how to leave the results of a run that is cut off: at once, without waiting for anything. */
  readonly onCutOff?: (leave: () => void) => void;
}

/** Never throws. */
export async function run(host: Host): Promise<number> {
  try {
    const parsed = await parseArguments(host.argv, host.version);
    if (parsed.kind === "text") {
      host.streams.out(`${parsed.text}\n`);
      return 0;
    }
    return await runCommand(host, parsed.command, parsed.flags);
  } catch (error) {
    const output = jsonWanted(host) ? "json" : "text";
    const verbose = host.argv.includes("--verbose");
    return reportFailure(createConsole(host.streams, output, verbose), failureOf(error));
  }
}

async function runCommand(host: Host, command: CommandName, flags: Flags): Promise<number> {
  const { env, signal } = host;
  const kept: Session["kept"] = {};
  host.onCutOff?.(() => writeResultsNow(resultsDirOf(command, flags, env), resultsOf(kept.state, cutOff)));
  if (command === "mutate" || isAction(command)) await forgetState(flags, env);
  let console = createConsole(host.streams, jsonWanted(host) ? "json" : "text", flags["verbose"] === true);
  try {
    const values = resolve(wantedBy(command), flags, env);
    const { output = "text", verbose = false } = values;
    console = createConsole(host.streams, output, verbose);
    if (command === "status") host.onlyReads?.(values.watch ? 0 : exitCodes.cancelled);
    const { log } = console;
    const write: Session["writeReports"] = (ended, traffic) =>
      writeReports({ command, flags, env, log, signal, traffic }, ended);
    return await unlessHanging(
      signal,
      dispatch({ ...console, values, env, signal, kept, writeReports: write }, command),
    );
  } catch (error) {
    const failure = failureOf(error);
    await writeResults(console.log, resultsDirOf(command, flags, env), failure, kept.state);
    const ended = { ...kept, failure, settlement: fromTrouble(failure) };
    await writeReports({ command, flags, env, log: console.log, signal }, ended);
    return reportFailure(console, failure);
  }
}

const cutOff = fromTrouble({ reason: "CANCELLED", evidence: "cut off" });

/**
 * A typo in what a later step reads must be found before the commit, not after it: in a Task all steps have the same
 * variables.
 */
function wantedBy(command: CommandName): Wanted {
  if (command !== "mutate") return commands[command];
  return { ...commands.mutate, names: stepNames.flatMap((step) => commands[step].names) };
}

/** Less than the process has after SIGTERM, so that the outcome of what hangs is still written. */
const patienceMs = 7_500;

/** What does not end in time after a cancellation is given up. Throws Failure CANCELLED. */
async function unlessHanging(signal: AbortSignal, work: Promise<number>): Promise<number> {
  const settled = new AbortController();
  const givenUp = new Promise<never>((_, reject) => {
    const giveUp = () => {
      const why = `a request did not end within ${patienceMs / 1000} s; if a push was under way its end is not known`;
      const timer = setTimeout(() => reject(new Failure("CANCELLED", why)), patienceMs);
      settled.signal.addEventListener("abort", () => clearTimeout(timer));
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true, signal: settled.signal });
  });
  return Promise.race([work, givenUp]).finally(() => settled.abort());
}

async function dispatch(session: Session, command: CommandName): Promise<number> {
  const { values } = session;
  if (command === "status") return (await import("./status.ts")).runStatus(session);
  if (command === "plan") return runPlan(session, askedOf(values, undefined));
  if (isAction(command)) return runChain(session, askedOf(values, command));
  return runStep(session, command, () => askedOf(values, undefined));
}

/** Results are owed on every path: a Pipeline skips, without a word, what refers to a missing one. */
async function writeResults(
  log: Log,
  folder: string | undefined,
  failure: Failure,
  state: RunState | undefined,
): Promise<void> {
  try {
    await settleFailed(createResultsSink(folder), failure, state);
  } catch (error) {
    log.warn(failureOf(error).message);
  }
}

function resultsDirOf(command: CommandName, flags: Flags, env: Environment): string | undefined {
  return commands[command].names.includes("results-dir") ? literal("results-dir", flags, env) : undefined;
}

async function forgetState(flags: Flags, env: Environment): Promise<void> {
  const path = literal("state-file", flags, env);
  if (path !== undefined) await forgetEarlierState(path);
}

/** Read without its parser: the options may be what is wrong. */
function literal(name: OptionName, flags: Flags, env: Environment): string | undefined {
  const text = flags[name] ?? env[variableOf(name)];
  return typeof text === "string" && text !== "" ? text : undefined;
}

function reportFailure(console: Console, failure: Failure): number {
  const { stack } = failure.cause instanceof Error ? failure.cause : failure;
  if (stack !== undefined) console.log.debug(stack);
  console.report(explainFailure(failure), failureAsJson(failure));
  return exitCodes[reasons[failure.reason].class];
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Failure("BUG", text, { cause: error });
}

/** Before the options are parsed there is only what stands there literally. */
function jsonWanted({ argv, env }: Host): boolean {
  return argv.join(" ").match(/--output[= ]json/) !== null || env["BLUEGREEN_OUTPUT"] === "json";
}
