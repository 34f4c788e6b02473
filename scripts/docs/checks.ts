/** What is wrong with a page: links that lead nowhere, commands that would not run, names of what is not there. */
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { type OptionName, options } from "../../src/cli/options.ts";
import { parseTemplate } from "../../src/core/promql/template.ts";
import { reasons } from "../../src/errors/catalogue.ts";
import { commandLines, commandProblems, isVariable } from "./commands.ts";
import type { Block, Found, Page } from "./page.ts";
import { exists, manifest } from "./project.ts";

/** What a check may ask of the rest. */
export interface Surroundings {
  readonly pages: readonly Page[];
  /** Names of the scenes that console blocks can be made from, with their commands. */
  readonly scenes: ReadonlyMap<string, string>;
}

/** Each problem as `file:line: what`. */
export async function pageProblems(page: Page, around: Surroundings): Promise<readonly string[]> {
  const blocks = await Promise.all(page.blocks.map((block) => blockProblems(block, around)));
  const found = [
    ...page.links.map((link) => ({ ...link, problems: linkProblems(page, link.text, around.pages) })),
    ...page.codes.map((code) => ({ ...code, problems: codeProblems(code) })),
    ...page.blocks.map((block, at) => ({ ...block, problems: blocks[at] ?? [] })),
  ];
  return found.flatMap(({ line, problems }) => problems.map((problem) => `${page.file}:${line}: ${problem}`));
}

function linkProblems(page: Page, target: string, pages: readonly Page[]): readonly string[] {
  if (/^(https:|mailto:)/.test(target)) return [];
  const [path = "", anchor] = decodeURI(target).split("#");
  const file = path === "" ? page.file : join(dirname(page.file), path);
  if (!exists(file)) return [`the link ${target} leads to no file`];
  if (anchor === undefined) return [];
  const linked = pages.find((each) => each.file === file);
  return linked?.anchors.has(anchor) ? [] : [`the link ${target} leads to no heading`];
}

async function blockProblems(block: Block, { scenes }: Surroundings): Promise<readonly string[]> {
  if (block.language === "sh") {
    return (await Promise.all(commandLines(block.text).map(commandProblems))).flat();
  }
  if (block.language === "console") return sessionProblems(block, scenes);
  const check = Object.hasOwn(plainBlocks, block.language) ? plainBlocks[block.language] : undefined;
  return check?.(block.text) ?? [`a block of the language “${block.language}” is not checked by anything`];
}

const plainBlocks: Readonly<Record<string, (text: string) => readonly string[]>> = {
  /** Pictures made of characters. */
  text: () => [],
  yaml: (text) =>
    parseAllDocuments(text).flatMap(({ errors }) => errors.map(({ message }) => `YAML: ${message}`)),
  json: (text) => {
    try {
      JSON.parse(text);
      return [];
    } catch (error) {
      return [`JSON: ${(error as Error).message}`];
    }
  },
  promql: (text) => {
    const result = parseTemplate(text.trim());
    return result.kind === "problem" ? [`PromQL: ${JSON.stringify(result)}`] : [];
  },
};

async function sessionProblems(block: Block, scenes: Surroundings["scenes"]): Promise<readonly string[]> {
  const command = scenes.get(block.name);
  if (command === undefined) return [`no scene “${block.name}” gives the output of this block`];
  const [first = ""] = block.text.split("\n");
  if (first !== `$ ${command}`) return ["the output is missing or of another command: run npm run docs"];
  return commandProblems(command);
}

/** Options of other programs. */
const foreignFlags = [
  "--metrics_enable",
  "--strict",
  "--use-param-defaults",
  "--skip-optional-workspace",
  "--showlog",
  "--exit-with-pipelinerun-error",
];
const ownFlags = [
  "--figures",
  "--help",
  "--help-all",
  "--version",
  "--serve",
  "--idle",
  "--embedded",
  "--check",
];
/** Written in capitals, but neither a variable of ours nor a reason. */
const otherNames =
  /^(HTTPS?_PROXY|NO_PROXY|SSL_CERT_DIR|SOURCE_DATE_EPOCH|KUBECONFIG|NPM_CONFIG_REGISTRY|NO_COLOR|FORCE_COLOR|BUILD_IMAGE|BASE_IMAGE)$/;

function codeProblems({ text }: Found): readonly string[] {
  return [
    ...flagProblems(text),
    ...nameProblems(text),
    ...pathProblems(text),
    ...[...text.matchAll(/\bnpm run ([\w:-]+)/g)]
      .filter(([, name = ""]) => !Object.hasOwn(manifest.scripts, name))
      .map(([command]) => `${command}: package.json has no such script`),
  ];
}

function flagProblems(text: string): readonly string[] {
  if (/^(git|helm|kubectl|npm|oc|podman) /.test(text)) return [];
  const flags = [...text.matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map(([flag]) => flag);
  return flags
    .filter((flag) => !Object.hasOwn(options, flag.slice(2)) || isVariableOnly(flag.slice(2) as OptionName))
    .filter((flag) => ![...foreignFlags, ...ownFlags].includes(flag))
    .map((flag) => `there is no option ${flag}`);
}

function isVariableOnly(name: OptionName): boolean {
  return "variableOnly" in options[name];
}

function nameProblems(text: string): readonly string[] {
  if (!/^[A-Z]+(_[A-Z]+)+$/.test(text) || otherNames.test(text)) return [];
  return Object.hasOwn(reasons, text) || isVariable(text) ? [] : [`there is no reason or variable ${text}`];
}

/** What looks like a path of this repository is one; a star stands for any name. */
function pathProblems(text: string): readonly string[] {
  if (!/^(src|test|scripts|tekton|docs|\.ci)\/[\w./-]*$/.test(text)) return [];
  return exists(text) ? [] : [`${text}: no such file`];
}
