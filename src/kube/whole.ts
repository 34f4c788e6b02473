import type { Failure } from "../errors/failure.ts";
import type { Latest } from "./latest.ts";

/** What is followed part by part, each with troubles of its own. */
export interface Whole<Name extends string, T> {
  seen(part: Name, value: T): void;
  trouble(part: Name, failure: Failure): void;
}

/**
 * Tells `latest` of all parts together, as soon as each has been seen. While one is in trouble, what was seen of it may be
 * stale, and the others' changes are no sight of the whole: they do not end that trouble.
 */
export function createWhole<Name extends string, T>(
  names: readonly Name[],
  latest: Pick<Latest<Readonly<Record<Name, T>>>, "seen" | "trouble">,
): Whole<Name, T> {
  const parts: Partial<Record<Name, T>> = {};
  const troubles = new Map<Name, Failure>();
  const isWhole = (given: Partial<Record<Name, T>>): given is Record<Name, T> =>
    names.every((name) => given[name] !== undefined);
  return {
    seen(part, value) {
      parts[part] = value;
      const ended = troubles.delete(part);
      const [other] = troubles.values();
      if (other !== undefined && ended) latest.trouble(other);
      if (other === undefined && isWhole(parts)) latest.seen({ ...parts });
    },
    trouble(part, failure) {
      troubles.set(part, failure);
      latest.trouble(failure);
    },
  };
}
