/** The one place that knows yargs: from argv to a command and its raw flags, and the help texts. */
import type { Argv } from "yargs";
import { exitCodes } from "../errors/catalogue.ts";
import type { Failure } from "../errors/failure.ts";
import { type CommandName, commands } from "./commands.ts";
import { completionFlag, completionsFor } from "./completion.ts";
import { briefText, fullText, groupOf, isEssential, moreText, variablesText } from "./help.ts";
import { type Option, type OptionName, options } from "./options.ts";
import { parseFlag } from "./parse.ts";
import { configurationFailure, type Flags } from "./resolve.ts";

export type Parsed =
  | { readonly kind: "command"; readonly command: CommandName; readonly flags: Flags }
  /** `--help` or `--version`: print and end well. */
  | { readonly kind: "text"; readonly text: string };

const allFlag = "--help-all";
const noCommand = "name a command";

/** Throws Failure INVALID_OPTION for an unknown command or flag. */
export async function parseArguments(argv: readonly string[], version: string): Promise<Parsed> {
  const [first, ...words] = argv;
  if (first === completionFlag) return { kind: "text", text: completionsFor(words).join("\n") };
  return parsePlain(argv) ?? parseByYargs(argv, version);
}

/**
 * A command and plain `--name value` pairs, each name once: what pipelines pass. Undefined for everything else, and
 * yargs decides; it takes as long to load and to lay out its help (which it does at every run) as bare Node to start.
 */
function parsePlain([command = "", ...rest]: readonly string[]): Parsed | undefined {
  if (!isCommand(command)) return undefined;
  const flags: Record<string, unknown> = {};
  const texts = rest.values();
  for (const text of texts) {
    const name = text.slice(2);
    if (!text.startsWith("--") || name in flags || !hasFlag(command, name)) return undefined;
    const value = isSwitch(name as OptionName) ? true : texts.next().value;
    // What is empty, quoted or starts with a dash has rules of its own.
    if (value === undefined || (value !== true && !/^[^-"']/.test(value))) return undefined;
    flags[name] = value;
  }
  return { kind: "command", command, flags };
}

function isCommand(text: string): text is CommandName {
  return Object.hasOwn(commands, text);
}

/** `plan` takes its action by position. */
function hasFlag(command: CommandName, name: string): boolean {
  const known: readonly string[] = commands[command].names;
  if (!known.includes(name) || (command === "plan" && name === "action")) return false;
  return !isVariableOnly(name as OptionName);
}

async function parseByYargs(argv: readonly string[], version: string): Promise<Parsed> {
  const { default: yargs } = await import("yargs");
  let chosen: { command: CommandName; flags: Flags } | undefined;
  const all = argv.includes(allFlag);
  // Its types are a version behind.
  let program = (yargs() as Argv & { usageConfiguration(settings: Record<string, boolean>): Argv })
    // The type of a value says less than its description.
    .usageConfiguration({ "hide-types": true })
    .scriptName("bluegreen")
    .usage(
      "$0 <command>\n\nCuts a KServe model over from blue to green, or back, through Git, and proves it.",
    )
    .version(version)
    // Texts of yargs in another language than ours help nobody.
    .detectLocale(false)
    .help()
    .strict()
    .demandCommand(1, noCommand)
    .parserConfiguration({ "parse-numbers": false, "camel-case-expansion": false, "dot-notation": false })
    .exitProcess(false)
    .wrap(80)
    .completion("completion", "Print a script: source <(bluegreen completion)")
    .epilogue(exitCodeText());
  for (const [name, { describe, examples }] of Object.entries(commands)) {
    const command = name as CommandName;
    // Not `<action>`: it may come by its variable, like every option.
    const usage = command === "plan" ? "plan [action]" : command;
    program = program.command(
      usage,
      describe,
      (builder) => withOptions(builder, command, all).example(examples.map((each) => [each] as [string])),
      (flags) => {
        chosen = { command, flags };
      },
    );
  }
  return run(program, all ? [...argv, "--help"] : argv, () => chosen);
}

async function run(
  program: Argv,
  argv: readonly string[],
  chosen: () => { command: CommandName; flags: Flags } | undefined,
): Promise<Parsed> {
  let text = "";
  let problem = inheritedFlag(argv);
  if (problem !== undefined) throw await wrongWords(problem, argv);
  await program.parseAsync([...argv], {}, (error, _flags, output) => {
    if (error) problem = error.message;
    text = output;
  });
  if (problem !== undefined) throw await wrongWords(problem, argv);
  const command = chosen();
  return command === undefined ? { kind: "text", text } : { kind: "command", ...command };
}

/** In yargs' own words, save for those that a suggestion helps with. */
async function wrongWords(problem: string, argv: readonly string[]): Promise<Failure> {
  const { nameCommand, unknownWord } = await import("./unknown.ts");
  if (problem === noCommand) return configurationFailure([nameCommand()]);
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(problem)?.[1];
  if (unknown === undefined) return configurationFailure([problem]);
  return configurationFailure(unknown.split(", ").map((name) => unknownWord(name, argv)));
}

/** yargs looks flags up in plain objects, and breaks on a name that every object inherits. */
function inheritedFlag(argv: readonly string[]): string | undefined {
  const names = argv.map((text) => /^--?(?:no-)?([^=]*)/.exec(text)?.[1] ?? "");
  const inherited = names.find((name) => name in Object.prototype);
  return inherited === undefined ? undefined : `Unknown argument: ${inherited}`;
}

function withOptions(builder: Argv, command: CommandName, all: boolean): Argv {
  const names = commands[command].names.filter((name) => !isVariableOnly(name));
  let result = builder.option(allFlag.slice(2), { type: "boolean", describe: "Show every option" });
  for (const name of names) {
    const row: Option<unknown> = options[name];
    const describe = all ? fullText(name, row) : briefText(row);
    if (command === "plan" && name === "action") {
      result = result.positional("action", { type: "string", describe });
      continue;
    }
    result = result.option(name, {
      type: isSwitch(name) ? "boolean" : "string",
      describe,
      requiresArg: !isSwitch(name),
      ...(all ? { group: groupOf(name) } : { hidden: !isEssential(name, command) }),
    });
  }
  const end = all ? variablesText(commands[command].names) : moreText(command, names.length);
  return result.hide("version").epilogue(end);
}

function isVariableOnly(name: OptionName): boolean {
  return (options[name] as Option<unknown>).variableOnly === true;
}

function isSwitch(name: OptionName): boolean {
  return (options[name] as Option<unknown>).parse === parseFlag;
}

function exitCodeText(): string {
  const codes = Object.entries(exitCodes).map(([name, code]) => `${code} ${name}`);
  return `Exit codes: ${codes.join(", ")}`;
}
