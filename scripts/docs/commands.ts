/** Command lines of the documentation, held to the real options, scripts, files and the Task's params. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as splitShell } from "shell-quote";
import { parse as parseYaml } from "yaml";
import { parseArguments } from "../../src/cli/arguments.ts";
import { commands } from "../../src/cli/commands.ts";
import { type OptionName, options, variableOf } from "../../src/cli/options.ts";
import { resolve } from "../../src/cli/resolve.ts";
import { Failure } from "../../src/errors/failure.ts";
import { version } from "../../src/version.ts";
import { manifest, root } from "./project.ts";

/** Problems of the words behind the program's name. */
type Check = (words: readonly string[]) => Promise<readonly string[]> | readonly string[];

const noCheck: Check = () => [];

/** Every program that the documentation may name: another one is a typo, or wants a row here. */
const programs: Readonly<Record<string, Check>> = {
  bluegreen: checkBluegreen,
  npx: checkNpx,
  npm: checkNpm,
  tkn: checkTkn,
  kubectl: checkFiles,
  oc: checkFiles,
  node: ([file = ""]) =>
    file.startsWith("-") || existsSync(join(root, file)) ? [] : [`${file}: no such file`],
  export: (words) => words.flatMap(variableProblems),
  podman: noCheck,
  git: noCheck,
  alias: noCheck,
  cd: noCheck,
  curl: noCheck,
  echo: noCheck,
  perl: noCheck,
};

/** The command lines of a block: continued lines joined, comments and blank lines left out. */
export function commandLines(text: string): readonly string[] {
  return text
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** What is wrong with one line; a pipe or `&&` makes several commands of it. */
export async function commandProblems(line: string): Promise<readonly string[]> {
  const found = await Promise.all(splitCommands(line).map(oneProblems));
  return found.flat().map((problem) => `${problem} (in: ${line})`);
}

function splitCommands(line: string): readonly (readonly string[])[] {
  const all: string[][] = [[]];
  for (const part of splitShell(line, (name: string) => `$${name}`)) {
    if (typeof part === "string") all.at(-1)?.push(part);
    else if ("pattern" in part) all.at(-1)?.push(part.pattern);
    else if ("op" in part) all.push([]);
  }
  return all.filter((words) => words.length > 0);
}

async function oneProblems(words: readonly string[]): Promise<readonly string[]> {
  const at = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const set = at < 0 ? words : words.slice(0, at);
  const [program = "", ...rest] = words.slice(set.length);
  const check = Object.hasOwn(programs, program) ? programs[program] : undefined;
  if (program !== "" && check === undefined) return [`“${program}” is no program that the pages may name`];
  return [...set.flatMap(variableProblems), ...((await check?.(rest)) ?? [])];
}

function variableProblems(assignment: string): readonly string[] {
  const [name = ""] = assignment.split("=");
  return isVariable(name) || !name.startsWith("BLUEGREEN_") ? [] : [`there is no variable ${name}`];
}

/** Variables of the tests and scripts, beside those of the options. */
const otherVariables = ["BLUEGREEN_REQUIRE_ALL", "BLUEGREEN_TEST_NODE"];

export function isVariable(name: string): boolean {
  const known = (Object.keys(options) as OptionName[]).map(variableOf);
  return [...known, ...otherVariables].includes(name);
}

/** All that is given must be right; and nothing lacks where no variables are meant, which a repository's address shows. */
async function checkBluegreen(words: readonly string[]): Promise<readonly string[]> {
  try {
    const parsed = await parseArguments(words, version);
    if (parsed.kind === "command") {
      const { names, required } = commands[parsed.command];
      const isWhole = parsed.flags["git-url"] !== undefined;
      resolve({ names, required: isWhole ? required : [] }, parsed.flags, {});
    }
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [error, ...error.also].map(({ message }) => message);
  }
}

function checkNpx([runner = "", ...words]: readonly string[]):
  | readonly string[]
  | Promise<readonly string[]> {
  if (!["tsx", "mocha"].includes(runner)) return [`npx ${runner}: no such tool`];
  const missing = words.filter((word) => word.endsWith(".ts") && !existsSync(join(root, word)));
  if (missing.length > 0) return missing.map((file) => `npx ${runner} ${file}: no such file`);
  return words[0] === "src/main.ts" ? checkBluegreen(words.slice(1)) : [];
}

function checkNpm([word = "", ...rest]: readonly string[]): readonly string[] {
  if (["ci", "pack", "version", "install"].includes(word)) return [];
  const script = word === "run" ? (rest.find((each) => !each.startsWith("-")) ?? "") : word;
  return Object.hasOwn(manifest.scripts, script) ? [] : [`package.json has no script ${script}`];
}

/** `tkn task start bluegreen` and `tkn pipeline start …`: every `-p name=value` is a param, none that is required lacks. */
function checkTkn(words: readonly string[]): readonly string[] {
  const [kind = "", verb = "", name = ""] = words;
  if (verb !== "start") return [];
  const file = kind === "task" ? `tekton/task/${name}/${name}.yaml` : `tekton/pipeline/${name}.yaml`;
  if (!existsSync(join(root, file))) return [`there is no ${file}`];
  const params: readonly { name: string; default?: string }[] = parseYaml(
    readFileSync(join(root, file), "utf8"),
  ).spec.params;
  const given = words.flatMap((word, at) => (words[at - 1] === "-p" ? [word.split("=")[0] ?? ""] : []));
  const required = params.filter((param) => param.default === undefined);
  return [
    ...given
      .filter((each) => !params.some((param) => param.name === each))
      .map((each) => `${name} has no param ${each}`),
    ...required
      .filter((param) => !given.includes(param.name))
      .map((param) => `${name} needs the param ${param.name}`),
    // Without these tkn asks for every param and workspace, and ends before the run does.
    ...["--use-param-defaults", "--skip-optional-workspace", "--showlog"]
      .filter((flag) => !words.includes(flag))
      .map((flag) => `tkn wants ${flag}`),
  ];
}

/** `-f` and `-k` name what is in the repository, an address, or standard input. */
function checkFiles(words: readonly string[]): readonly string[] {
  return words
    .filter((_, at) => /^-[fk]$/.test(words[at - 1] ?? ""))
    .filter((path) => path !== "-" && !path.startsWith("https://") && !existsSync(join(root, path)))
    .map((path) => `${path}: no such file`);
}
