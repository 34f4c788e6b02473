/** Contents of objects that others may be built on. */
import type { ObjectType } from "./pack-entry.ts";

export interface Content {
  readonly type: ObjectType;
  readonly content: Buffer;
  /** Deltas between it and a whole object. */
  readonly depth: number;
}

export interface ContentCache {
  get(object: object): Content | undefined;
  set(object: object, content: Content): void;
}

/** Keeps at least what was added last, and at most `maxBytes`: the older of two halves is dropped as a whole. */
export function createContentCache(maxBytes: number): ContentCache {
  let young = new Map<object, Content>();
  let old = new Map<object, Content>();
  let bytes = 0;
  return {
    get: (object) => young.get(object) ?? old.get(object),
    set: (object, content) => {
      // An entry has a price of its own.
      bytes += content.content.length + 200;
      young.set(object, content);
      if (bytes < maxBytes / 2) return;
      [old, young, bytes] = [young, new Map(), 0];
    },
  };
}
