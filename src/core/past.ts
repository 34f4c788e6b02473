/** What the versions of a model's file say of who served: read over time, as KServe reads the values one by one. */
import type { ConfigValues } from "./preflight.ts";

/** Model versions; undefined: the history that was read does not say. */
export interface Past {
  /** The version that the newest values leave live. */
  readonly live: string | undefined;
  /** The version to which percent 0 would go back from there. */
  readonly previous: string | undefined;
}

/**
 * `values`: newest first, neighbours different. Percent 100 (or none) makes a version live; below that a version that was
 * live gives way to its predecessor, and a new one waits. What a shortened history says is right; it only says less.
 */
export function pastOf(values: readonly ConfigValues[]): Past {
  let past: Past = { live: undefined, previous: undefined };
  let before: ConfigValues | undefined;
  for (const each of [...values].reverse()) {
    past = after(past, before, each);
    before = each;
  }
  return past;
}

/** Whether the values give a version all the traffic. */
export function isLive({ percent }: ConfigValues): boolean {
  return percent === undefined || String(percent) === "100";
}

function after(past: Past, before: ConfigValues | undefined, now: ConfigValues): Past {
  const { live, previous } = past;
  if (isLive(now)) return now.version === live ? past : { live: now.version, previous: live };
  const stepsBack = before !== undefined && isLive(before) && before.version === now.version;
  return stepsBack ? { live: previous, previous } : past;
}
