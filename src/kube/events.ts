import * as v from "valibot";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import { type Item, item } from "./source.ts";

/** One line of a watch, reduced to what it means. */
export type WatchEvent =
  | { readonly kind: "changed"; readonly item: Item; readonly version: string }
  | { readonly kind: "gone"; readonly item: Item; readonly version: string }
  | { readonly kind: "bookmark"; readonly version: string }
  /** The history no longer reaches back to where the watch was to begin (410). */
  | { readonly kind: "expired" };

const version = v.pipe(v.string(), v.nonEmpty());
const versioned = v.looseObject({ metadata: v.looseObject({ resourceVersion: version }) });
const stored = v.intersect([item, versioned]);

const line = v.variant("type", [
  v.object({ type: v.picklist(["ADDED", "MODIFIED", "DELETED"]), object: stored }),
  v.object({ type: v.literal("BOOKMARK"), object: versioned }),
  v.object({
    type: v.literal("ERROR"),
    object: v.object({ code: v.optional(v.number(), 0), message: v.optional(v.string(), "") }),
  }),
]);

/** Throws Failure CLUSTER_UNREACHABLE for a line that is no event, and for an error event other than 410. */
export function readEvent(text: string): WatchEvent {
  const parsed = v.safeParse(line, parseJson(text));
  if (!parsed.success) throw new Failure("CLUSTER_UNREACHABLE", "the watch sent a line that is no event");
  const event = parsed.output;
  if (event.type === "ERROR") {
    const { code, message } = event.object;
    if (code === 410) return { kind: "expired" };
    throw new Failure("CLUSTER_UNREACHABLE", `the watch was ended with ${code}: ${printable(message, 200)}`);
  }
  const { resourceVersion } = event.object.metadata;
  if (event.type === "BOOKMARK") return { kind: "bookmark", version: resourceVersion };
  const kind = event.type === "DELETED" ? "gone" : "changed";
  return { kind, item: event.object, version: resourceVersion };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
