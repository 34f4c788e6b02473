/** The project as it is, for the checks of its image. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { contextFiles, readPatterns } from "./context.ts";
import type { Project } from "./promise.ts";

export const root = new URL("../..", import.meta.url).pathname;

export async function readProject(): Promise<Project> {
  const manifest = JSON.parse(await text("package.json"));
  const task = parse(await text("tekton/task/bluegreen/bluegreen.yaml"));
  return {
    dockerfile: await text("Dockerfile"),
    context: await contextFiles(root, await readPatterns(root)),
    version: manifest.version,
    engines: manifest.engines.node,
    lts: /^lts=(\S+)$/m.exec(await text(".ci/run"))?.[1] ?? "",
    commands: task.spec.steps.map((step: { command: string[] }) => step.command),
  };
}

function text(path: string): Promise<string> {
  return readFile(join(root, path), "utf8");
}
