/** What the image promises, as checks of its Dockerfile and build context. Each gives the problems that it finds. */
import { posix } from "node:path";
import { beside } from "../../scripts/build/beside.ts";
import { parts } from "../../scripts/build/parts.ts";
import { covers } from "./context.ts";
import { type Dockerfile, parseDockerfile, type Step } from "./dockerfile.ts";
import { labelProblems } from "./labels.ts";
import type { Parsed, Project } from "./promise.ts";

export function problemsOf(project: Project): readonly string[] {
  const file = parseDockerfile(project.dockerfile);
  const final = file.stages.at(-1);
  if (final === undefined) return ["there is no stage"];
  return checks.flatMap((check) => check({ ...project, file, final }));
}

const checks: readonly ((project: Parsed) => readonly string[])[] = [
  bases,
  oldBuilders,
  sources,
  nothingElseInContext,
  lockedInstall,
  secrets,
  user,
  start,
  contents,
  licences,
  node,
  labelProblems,
];

function bases({ file }: Parsed): readonly string[] {
  return file.stages.flatMap(({ from, image }) => [
    ...(/^\$\{\w+\}$/.test(from) ? [] : [`base ${from} cannot be replaced by a build argument`]),
    ...(/^[\w.-]+\.[a-z]+\/[\w./-]+:[\w.-]+$/.test(image)
      ? []
      : [`base ${image} is not registry/name:tag, without a digest`]),
    // Red Hat's tags: 9.8 is the newest build of 9.8, 9.8-1791279563 is one build.
    ...(/:\d+\.\d+-\d+$/.test(image) ? [] : [`base ${image} has a tag that moves on`]),
  ]);
}

/** OpenShift's docker strategy is no BuildKit. */
function oldBuilders({ dockerfile, file }: Parsed): readonly string[] {
  const problems = /^#\s*syntax\s*=/im.test(dockerfile) ? ["a syntax line asks for BuildKit"] : [];
  const known: Record<string, readonly string[]> = { COPY: ["from", "chown"] };
  for (const { keyword, flags, heredocs } of stepsOf(file)) {
    if (keyword === "ADD") problems.push("ADD may fetch from the network; COPY does all that is needed");
    if (heredocs > 0) problems.push(`${keyword} has a here-document`);
    for (const flag of flags.keys()) {
      if (!known[keyword]?.includes(flag))
        problems.push(`${keyword} --${flag} is not known to every builder`);
    }
  }
  return problems;
}

function sources({ file, context }: Parsed): readonly string[] {
  const names = new Set(file.stages.map(({ name }) => name));
  return stepsOf(file)
    .filter(({ keyword }) => keyword === "COPY")
    .flatMap((copy) => {
      const from = copy.flags.get("from");
      if (from !== undefined) return names.has(from) ? [] : [`there is no stage ${from}`];
      return sourcesOf(copy)
        .filter((source) => !context.some((path) => covers(source, path)))
        .map((source) => `${source} is copied, but not in the context`);
    });
}

function nothingElseInContext({ file, context }: Parsed): readonly string[] {
  const copied = stepsOf(file)
    .filter(({ keyword, flags }) => keyword === "COPY" && !flags.has("from"))
    .flatMap(sourcesOf);
  return context
    .filter((path) => !copied.some((source) => covers(source, path)))
    .map((path) => `${path} is in the context, but not copied`);
}

function lockedInstall({ file }: Parsed): readonly string[] {
  const runs = stepsOf(file).filter(({ keyword }) => keyword === "RUN");
  return [
    ...(runs.some(({ text }) => text === "npm ci --ignore-scripts") ? [] : ["no npm ci --ignore-scripts"]),
    ...runs
      .filter(({ text }) => /\bnpm (?:i|install|add)\b|\bnpx\b|\bcurl\b|\bwget\b/.test(text))
      .map(({ text }) => `fetches what the lock file does not name: ${text}`),
  ];
}

function secrets({ file }: Parsed): readonly string[] {
  const named = [
    ...file.args,
    ...stepsOf(file)
      .filter(({ keyword }) => keyword === "ARG" || keyword === "ENV")
      .flatMap(({ properties }) => [...properties]),
  ];
  return named
    .filter(
      ([name, value]) => /pass|token|secret|key|auth|cred/i.test(name) || /:\/\/[^/]*@/.test(value ?? ""),
    )
    .map(([name]) => `${name} would be kept in the image's history`);
}

function user({ final }: Parsed): readonly string[] {
  const last = final.steps.findLast(({ keyword }) => keyword === "USER")?.text ?? "none";
  const uid = Number(last);
  // runAsNonRoot cannot check a name.
  return Number.isInteger(uid) && uid > 0 ? [] : [`the final user is ${last}, not a number above 0`];
}

function start({ final, commands }: Parsed): readonly string[] {
  const entry = final.steps.findLast(({ keyword }) => keyword === "ENTRYPOINT")?.json;
  const arguments_ = final.steps.findLast(({ keyword }) => keyword === "CMD")?.json;
  const wanted = JSON.stringify(entry);
  return [
    ...(entry === undefined ? ["no ENTRYPOINT in exec form"] : []),
    // Otherwise the base's /bin/bash could be left for an argument.
    ...(arguments_ === undefined ? ["no CMD in exec form"] : []),
    ...(commands.length === 0 ? ["the Task has no step"] : []),
    ...commands
      .filter((command) => JSON.stringify(command) !== wanted)
      .map((command) => `a step's command is ${JSON.stringify(command)}, the image's ${wanted}`),
  ];
}

/** Of the project only the bundle, what it loads from beside itself, and its licences; of packages only Node. */
function contents({ final }: Parsed): readonly string[] {
  const entry = final.steps.findLast(({ keyword }) => keyword === "ENTRYPOINT")?.json?.at(-1) ?? "";
  const copies = final.steps.filter(({ keyword }) => keyword === "COPY");
  const installed = final.steps.flatMap(({ text }) =>
    [...text.matchAll(/ install ([^&;|]+)/g)].map((match) => (match[1] ?? "").trim()),
  );
  const wanted = [
    entry,
    ...[...Object.keys(beside), ...Object.keys(parts)].map((name) =>
      posix.join(posix.dirname(entry), `${name}.mjs`),
    ),
  ];
  const copied = copies.flatMap(copiedTo);
  return [
    ...wanted.filter((path) => !copied.includes(path)).map((path) => `nothing is copied to ${path}`),
    ...copies.filter(({ flags }) => flags.get("chown") !== "0:0").map(({ text }) => `not root's: ${text}`),
    ...copied
      .filter((path) => !wanted.includes(path) && !path.startsWith("/licenses/"))
      .map((path) => `${path} is neither the bundle nor a licence`),
    ...(installed.join() === "nodejs"
      ? []
      : [`installs ${installed.join(", ") || "nothing"}, not just nodejs`]),
    ...(final.steps.some(({ text }) => text.includes("--setopt=install_weak_deps=0"))
      ? []
      : ["weak dependencies (npm) are installed"]),
  ];
}

function licences({ final }: Parsed): readonly string[] {
  const there = final.steps.filter(({ keyword }) => keyword === "COPY").flatMap(copiedTo);
  return ["LICENSE", "THIRD-PARTY-LICENSES.txt", "bluegreen.cdx.json"]
    .filter((name) => !there.includes(`/licenses/${name}`))
    .map((name) => `/licenses/${name} is missing`);
}

/** The same line everywhere: what builds, what runs, what CI tests with; and one that package.json allows. */
function node({ file, final, lts, engines }: Parsed): readonly string[] {
  const [major, minor] = lts.split(".").map(Number);
  const least = /^>=(\d+)\.(\d+)$/.exec(engines)?.slice(1).map(Number);
  const builds = /nodejs-(\d+)/.exec(file.stages[0]?.image ?? "")?.[1];
  const runs = final.steps
    .find(({ properties }) => properties.has("NODE_MAJOR"))
    ?.properties.get("NODE_MAJOR");
  const allowed =
    least !== undefined &&
    [major ?? 0, minor ?? 0].join(".").localeCompare(least.join("."), "en", { numeric: true }) >= 0;
  return [
    ...(builds === String(major) ? [] : [`built with Node ${builds}, CI tests with ${lts}`]),
    ...(runs === String(major) ? [] : [`runs on Node ${runs}, CI tests with ${lts}`]),
    ...(final.steps.some(({ text }) => / module enable nodejs:\$\{NODE_MAJOR\} /.test(text))
      ? []
      : ["the module stream is not NODE_MAJOR's"]),
    ...(allowed ? [] : [`Node ${lts} is not ${engines}`]),
  ];
}

function stepsOf(file: Dockerfile): readonly Step[] {
  return file.stages.flatMap(({ steps }) => steps);
}

export function sourcesOf(copy: Step): readonly string[] {
  return (copy.json ?? copy.words).slice(0, -1);
}

/** Where each source ends up; a target that ends in a slash is a folder. Folders as sources are not looked into. */
export function copiedTo(copy: Step): readonly string[] {
  const target = (copy.json ?? copy.words).at(-1) ?? "";
  if (!target.endsWith("/")) return [target];
  return sourcesOf(copy).map((source) => posix.join(target, posix.basename(source)));
}
