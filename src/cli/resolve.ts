/** From flags and variables to parsed values. Every problem is collected, so that one run reports them all. */
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import { type Option, type OptionName, options, type Values, variableOf } from "./options.ts";

/** Raw flags as yargs leaves them: one text or several; a switch is `true`. */
export type Flags = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Wanted {
  readonly names: readonly OptionName[];
  readonly required: readonly OptionName[];
  /** Of these the fallback does not count: what is not given is not wanted. */
  readonly onlyIfGiven?: readonly OptionName[];
}

/** Throws one Failure INVALID_OPTION that names every problem with its flag and its variable, never a secret value. */
export function resolve(wanted: Wanted, flags: Flags, env: Environment): Values {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(options) as OptionName[]) {
    const texts = textsWanted(wanted, name, flags, env);
    if (texts.length === 0 && wanted.required.includes(name)) problems.push(required(name));
    values[name] = parseAll(name, texts, problems);
  }
  if (problems.length > 0) throw configurationFailure(problems);
  return values as unknown as Values;
}

function required(name: OptionName): string {
  const { fallback, fallbackInPod } = row(name);
  const inside = fallbackInPod ? ` outside of a cluster: ${fallback} is an address inside` : "";
  return `${label(name)} is required${inside}`;
}

function parseAll(name: OptionName, texts: readonly string[], problems: string[]): unknown {
  if (texts.length > 1 && !isRepeatable(name)) problems.push(`${label(name)} is given more than once`);
  const parsed = texts.flatMap((text) => parseOne(name, text, problems));
  return isRepeatable(name) ? parsed : parsed[0];
}

/** One failure for all problems; the first is its evidence, the others stand beside it. */
export function configurationFailure(problems: readonly string[]): Failure {
  const [first = "unknown problem", ...rest] = problems;
  return new Failure("INVALID_OPTION", first, {
    also: rest.map((each) => new Failure("INVALID_OPTION", each)),
  });
}

/** The value of an option that `resolve` was told to require. */
export function need<T>(value: T | undefined, name: OptionName): T {
  if (value !== undefined) return value;
  throw configurationFailure([`${label(name)} is required`]);
}

export function label(name: OptionName): string {
  return isVariableOnly(name) ? variableOf(name) : `--${name} (${variableOf(name)})`;
}

function textsWanted(wanted: Wanted, name: OptionName, flags: Flags, env: Environment): readonly string[] {
  if (!wanted.names.includes(name)) return [];
  const { fallback, fallbackInPod } = row(name);
  const given = textsGiven(name, flags, env);
  if (given.length > 0 || fallback === undefined || wanted.onlyIfGiven?.includes(name)) return given;
  return fallbackInPod && !isPod(env) && wanted.required.includes(name) ? [] : [fallback];
}

/** The kubelet tells every container where the API is. */
function isPod(env: Environment): boolean {
  return (env["KUBERNETES_SERVICE_HOST"] ?? "") !== "";
}

function textsGiven(name: OptionName, flags: Flags, env: Environment): readonly string[] {
  const flag = flags[name];
  if (flag !== undefined) return (Array.isArray(flag) ? flag : [flag]).map(String);
  const variable = env[variableOf(name)];
  // An empty variable is an unset one: Tekton passes every optional param, given or not.
  if (variable !== undefined && variable !== "") {
    return isRepeatable(name) ? variable.split(/\r?\n/).filter((line) => line !== "") : [variable];
  }
  return [];
}

function parseOne(name: OptionName, text: string, problems: string[]): readonly unknown[] {
  const parsed = row(name).parse(text);
  if (parsed.ok) return [parsed.value];
  const shown = isVariableOnly(name) ? "" : `, got “${printable(withoutSecrets(name, text), 100)}”`;
  problems.push(`${label(name)} ${parsed.problem}${shown}`);
  return [];
}

/** A URL can hold a password before its last @, and a token behind a question mark. */
function withoutSecrets(name: OptionName, text: string): string {
  if (!name.endsWith("-url")) return text;
  return text.replace(/^.*@/s, "…@").replace(/[?#].*$/s, "…");
}

function row(name: OptionName): Option<unknown> {
  return options[name];
}

function isRepeatable(name: OptionName): boolean {
  return row(name).repeatable === true;
}

function isVariableOnly(name: OptionName): boolean {
  return row(name).variableOnly === true;
}
