/** What a shell offers at the Tab key. The script that asks comes from yargs; the answer does not wait for it to load. */
import { type Command, type CommandName, commands } from "./commands.ts";
import { type Option, type OptionName, options } from "./options.ts";
import { parseFlag } from "./parse.ts";

/** The flag with which yargs' scripts ask. */
export const completionFlag = "--get-yargs-completions";

/**
 * `words`: the line as the shell splits it, the program first, the word to complete last. Empty where only files or
 * free text can follow: shells then offer files.
 */
export function completionsFor(words: readonly string[]): readonly string[] {
  const [, name = "", ...rest] = words;
  const current = words.at(-1) ?? "";
  if (rest.length === 0)
    return matching(current, [...Object.keys(commands), "completion", "--help", "--version"]);
  if (!Object.hasOwn(commands, name)) return [];
  const before = rest.slice(0, -1);
  const valued = valuedOption(before.at(-1), commands[name as CommandName]);
  if (valued !== undefined) return matching(current, choicesOf(valued));
  const actions =
    name === "plan" && !current.startsWith("-") && before.length === 0 ? choicesOf("action") : [];
  return matching(current, [...actions, ...flagsLeft(name as CommandName, before)]);
}

/** The option whose value comes next. */
function valuedOption(text: string | undefined, { names }: Command): OptionName | undefined {
  const name = names.find((each) => `--${each}` === text);
  return name === undefined || optionOf(name).parse === parseFlag ? undefined : name;
}

function choicesOf(name: OptionName): readonly string[] {
  return optionOf(name).parse.choices ?? [];
}

function flagsLeft(command: CommandName, before: readonly string[]): readonly string[] {
  const flags = commands[command].names
    .filter((name) => optionOf(name).variableOnly !== true && !(command === "plan" && name === "action"))
    .filter((name) => optionOf(name).repeatable === true || !before.includes(`--${name}`));
  return [...flags.map((name) => `--${name}`), "--help", "--help-all"];
}

function optionOf(name: OptionName): Option<unknown> {
  return options[name];
}

function matching(current: string, candidates: readonly string[]): readonly string[] {
  return candidates.filter((each) => each.startsWith(current));
}
