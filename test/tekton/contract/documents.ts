/** The YAML that users install, as data. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseAllDocuments } from "yaml";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface Document {
  /** Path from the repository's root. */
  readonly file: string;
  readonly content: JsonObject;
}

export const root = join(import.meta.dirname, "../../..");
export const taskFile = "tekton/task/bluegreen/bluegreen.yaml";

/** Every document below `folder`, in order of its path. Throws for YAML that cannot be parsed. */
export function documentsIn(folder: string): readonly Document[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
    .flatMap(readDocuments);
}

export function readDocuments(file: string): readonly Document[] {
  return parseAllDocuments(readFileSync(join(root, file), "utf8")).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${file}: ${error.message}`);
    return { file, content: document.toJS() as JsonObject };
  });
}

export function readTask(): JsonObject {
  const [task] = readDocuments(taskFile);
  if (task === undefined) throw new Error(`${taskFile} is empty`);
  return task.content;
}

/** Every value with its path, e.g. `spec.steps.0.name`. */
export function* walk(value: Json, path = ""): Generator<{ readonly path: string; readonly value: Json }> {
  yield { path, value };
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* walk(inner, path === "" ? key : `${path}.${key}`);
}

/** What stands between `$(` and `)`, with the path of the text it stands in. */
export function references(value: Json): readonly { readonly path: string; readonly name: string }[] {
  return [...walk(value)].flatMap(({ path, value: text }) =>
    typeof text === "string"
      ? [...text.matchAll(/\$\(([^()]+)\)/g)].map(([, name = ""]) => ({ path, name }))
      : [],
  );
}

export function listAt(value: Json | undefined, ...keys: readonly string[]): readonly JsonObject[] {
  let at: Json | undefined = value;
  for (const key of keys) at = (at as JsonObject | undefined)?.[key];
  return (at ?? []) as unknown as readonly JsonObject[];
}

export function namesOf(items: readonly JsonObject[]): readonly string[] {
  return items.map(({ name }) => String(name));
}
