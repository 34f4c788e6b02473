import { isDeepStrictEqual } from "node:util";
import type { Json } from "../cluster/objects.ts";

/** RFC 7386. */
export function mergePatch(target: Json, patch: Json): Json {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
  const result: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** RFC 6902 without `move` and `copy`, which nobody here sends. Throws an Error that says what is wrong. */
export function jsonPatch(target: Json, operations: Json): Json {
  if (!Array.isArray(operations)) throw new Error("a JSON patch is a list");
  return operations.reduce((object: Json, { op, path, value }: Json) => {
    const keys = String(path)
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    return applyAt(object, keys, op, value);
  }, target);
}

function applyAt(target: Json, keys: readonly string[], op: string, value: Json): Json {
  const [key, ...rest] = keys;
  if (key === undefined && op !== "test") return value;
  if (key === undefined) {
    if (!isDeepStrictEqual(target, value)) throw new Error("the test failed");
    return target;
  }
  if (typeof target !== "object" || target === null) throw new Error(`there is no ${key} to patch`);
  if (rest.length > 0 || op === "test") return assign(target, key, applyAt(target[key], rest, op, value));
  if (op !== "add" && !(key in target)) throw new Error(`there is no ${key} to ${op}`);
  return Array.isArray(target) ? changeItem(target, key, op, value) : changeField(target, key, op, value);
}

function changeItem(target: readonly Json[], key: string, op: string, value: Json): Json {
  if (op === "add") return target.toSpliced(key === "-" ? target.length : Number(key), 0, value);
  return op === "remove" ? target.toSpliced(Number(key), 1) : target.with(Number(key), value);
}

function changeField(target: Json, key: string, op: string, value: Json): Json {
  if (op !== "remove") return assign(target, key, value);
  const { [key]: _removed, ...others } = target;
  return others;
}

function assign(target: Json, key: string, value: Json): Json {
  return Array.isArray(target) ? target.with(Number(key), value) : { ...target, [key]: value };
}
