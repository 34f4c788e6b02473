import type { ServerResponse } from "node:http";
import {
  groupKindOf,
  type Json,
  type KubeObject,
  type ObjectStore,
  type StoreEvent,
} from "../cluster/objects.ts";
import { toTable } from "../cluster/table.ts";
import { type Answer, expired } from "./answers.ts";
import { allOf } from "./reads.ts";
import type { Target } from "./request.ts";
import { apiVersion, groupKind } from "./resources.ts";
import { type Matcher, readSelectors } from "./selectors.ts";

export interface WatchOptions {
  readonly asTable: boolean;
  readonly now: () => number;
  /** The oldest version that a watch may start from. */
  readonly oldest: number;
  /** Milliseconds between bookmarks. The real API sends one about every minute. */
  readonly bookmarkMs: number;
  /** While true, nothing is sent (the connection stays open). */
  readonly silent: () => boolean;
}

/** One open watch. */
export interface OpenWatch {
  bookmark(): void;
  /** Ends the stream, tidily or by cutting the connection; `rest` goes out before. */
  end(how: "close" | "cut", rest?: string): void;
}

/** Starts streaming, or gives back the answer that refuses. `ended` is called once when the stream is over. */
export function startWatch(
  store: ObjectStore,
  target: Target,
  response: ServerResponse,
  options: WatchOptions,
  ended: () => void,
): OpenWatch | Answer {
  const { resource, query } = target;
  const matches = readSelectors(query, resource.group !== "");
  if (typeof matches !== "function") return matches;
  const write = writer(target, response, options);
  const from = Number(query.get("resourceVersion") ?? 0);
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  const missed = from === 0 || from < options.oldest ? undefined : store.since(from);
  if (from > 0 && missed === undefined) {
    response.end(`${JSON.stringify({ type: "ERROR", object: expired(from, options.oldest).body })}\n`);
    return { bookmark: () => undefined, end: () => undefined };
  }
  const send = sender(target, matches, write);
  for (const event of missed ?? initial(store, target)) send(event);
  const bookmarks = ["true", "1"].includes(query.get("allowWatchBookmarks") ?? "");
  const bookmark = (annotations?: Json) => bookmarks && write("BOOKMARK", marker(target, store, annotations));
  if (query.get("sendInitialEvents") === "true") bookmark({ "k8s.io/initial-events-end": "true" });
  const unsubscribe = store.subscribe(send);
  const ticking = setInterval(bookmark, options.bookmarkMs);
  const seconds = Number(query.get("timeoutSeconds") ?? 1800);
  const closing = setTimeout(() => response.end(), seconds * 1000);
  response.on("close", () => {
    unsubscribe();
    clearInterval(ticking);
    clearTimeout(closing);
    ended();
  });
  return {
    bookmark: () => void bookmark(),
    end(how, rest = "") {
      if (rest !== "") response.write(rest);
      if (how === "close") response.end();
      // Only after what is written has left.
      else response.write("", () => response.destroy());
    },
  };
}

type Write = (type: string, object: Json) => void;

function writer(target: Target, response: ServerResponse, options: WatchOptions): Write {
  const { asTable, now, silent } = options;
  let first = true;

  function inTable(type: string, object: KubeObject): Json {
    const objects = type === "BOOKMARK" ? [] : [object];
    const version = object.metadata.resourceVersion ?? "";
    const whole = toTable(groupKind(target.resource), objects, now(), version);
    const withColumns = first;
    first = false;
    return withColumns ? whole : { ...whole, columnDefinitions: null };
  }

  return (type, object) => {
    if (silent()) return;
    const shown = asTable ? inTable(type, object) : object;
    response.write(`${JSON.stringify({ type, object: shown })}\n`);
  };
}

/** Passes on what matches; an object that stops matching is deleted for this watch, one that starts is added. */
function sender(target: Target, matches: Matcher, write: Write): (event: StoreEvent) => void {
  const kind = groupKind(target.resource);
  const seen = new Set<string>();
  return ({ type, object }) => {
    if (groupKindOf(object) !== kind) return;
    if (target.namespace !== undefined && object.metadata.namespace !== target.namespace) return;
    const id = object.metadata.uid ?? "";
    const before = seen.has(id);
    if (type !== "DELETED" && matches(object)) {
      seen.add(id);
      write(type, object);
    } else if (before || matches(object)) {
      seen.delete(id);
      write("DELETED", object);
    }
  };
}

function initial(store: ObjectStore, target: Target): StoreEvent[] {
  return allOf(store, target.resource, target.namespace).map((object) => ({ type: "ADDED", object }));
}

function marker(target: Target, store: ObjectStore, annotations?: Json): Json {
  const { kind } = target.resource;
  const resourceVersion = `${store.version}`;
  const metadata = annotations === undefined ? { resourceVersion } : { annotations, resourceVersion };
  return { apiVersion: apiVersion(target.resource), kind, metadata };
}
