/** From argv and environment to an exit code. Every error ends here: one of the catalogue is explained, any other is a bug. */
import type { Intent } from "../core/intent.ts";
import { exitCodes, reasons } from "../errors/catalogue.ts";
import { Failure } from "../errors/failure.ts";
import { failureAsJson } from "../report/json.ts";
import { explainFailure } from "../report/text.ts";
import { parseArguments } from "./arguments.ts";
import { type CommandName, commands, isAction } from "./commands.ts";
import { createConsole, type Streams } from "./console.ts";
import type { Values } from "./options.ts";
import { configurationFailure, type Environment, type Flags, resolve } from "./resolve.ts";
import { runChain, runPlan, runStep, type Session } from "./session.ts";

export interface Host {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly streams: Streams;
  readonly version: string;
  /** Aborted by SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
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
    return reportFailure(
      host,
      error,
      createConsole(host.streams, jsonWanted(host) ? "json" : "text", host.argv.includes("--verbose")),
    );
  }
}

async function runCommand(host: Host, command: CommandName, flags: Flags): Promise<number> {
  const values = resolve(commands[command], flags, host.env);
  const { output = "text", verbose = false } = values;
  const session: Session = {
    ...createConsole(host.streams, output, verbose),
    values,
    env: host.env,
    signal: host.signal,
  };
  try {
    if (command === "plan") return await runPlan(session, intentOf(values, undefined));
    if (isAction(command)) return await runChain(session, intentOf(values, command));
    return await runStep(session, command, () => intentOf(values, undefined));
  } catch (error) {
    return reportFailure(host, error, session, verbose);
  }
}

function intentOf(values: Values, command: Intent["action"] | undefined): Intent {
  const action = command ?? values.action;
  if (action === undefined) throw configurationFailure(["--action (BLUEGREEN_ACTION) is required"]);
  if (action !== "stage") return { action, sets: [] };
  if (values["model-version"] === undefined) {
    throw configurationFailure(["--model-version (BLUEGREEN_MODEL_VERSION) is required to stage"]);
  }
  return { action, version: values["model-version"], sets: values.set };
}

function reportFailure(
  host: Host,
  error: unknown,
  console: Pick<Session, "report" | "log">,
  verbose = host.argv.includes("--verbose"),
): number {
  const failure = error instanceof Failure ? error : bugOf(error);
  if (verbose && error instanceof Error && error.stack !== undefined) console.log.debug(error.stack);
  console.report(explainFailure(failure), failureAsJson(failure));
  return exitCodes[reasons[failure.reason].class];
}

function bugOf(error: unknown): Failure {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Failure("BUG", text, { cause: error });
}

/** Before the options are parsed there is only what stands there literally. */
function jsonWanted({ argv, env }: Host): boolean {
  return argv.join(" ").match(/--output[= ]json/) !== null || env["BLUEGREEN_OUTPUT"] === "json";
}
