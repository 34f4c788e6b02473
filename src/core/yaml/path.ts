import { type Refusal, refused } from "./types.ts";

const maxPathLength = 1024;
const maxSegments = 50;

export type Path = { readonly kind: "path"; readonly segments: readonly string[] };

/**
 * Splits `canary.trafficPercent` at its dots. `\.` is a dot within a key, `\\` a backslash; a segment of digits is a
 * list index where the document holds a list. Refuses (INVALID_PATH) empty segments, other escapes and control
 * characters.
 */
export function parsePath(path: string): Path | Refusal {
  if (path.length > maxPathLength)
    return refused("INVALID_PATH", `path longer than ${maxPathLength} characters`);
  if (/[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/u.test(path)) {
    return refused("INVALID_PATH", "path holds a control character");
  }
  if (!/^(?:[^\\]|\\[.\\])*$/u.test(path)) {
    return refused("INVALID_PATH", `path ${path}: a backslash stands only before a dot or a backslash`);
  }
  // Each part is a run of ordinary or escaped characters; the split points are the dots in between.
  const segments = path.split(/(?<=(?<!\\)(?:\\\\)*)\./).map((part) => part.replace(/\\(.)/g, "$1"));
  if (segments.some((segment) => segment === "")) {
    return refused("INVALID_PATH", `path ${path}: a key between the dots is empty`);
  }
  if (segments.length > maxSegments) return refused("INVALID_PATH", `path has more than ${maxSegments} keys`);
  return { kind: "path", segments };
}

/** The position of a list item named by a path segment, or undefined where the segment is no list index. */
export function listIndex(segment: string): number | undefined {
  return /^(?:0|[1-9]\d{0,8})$/.test(segment) ? Number(segment) : undefined;
}
