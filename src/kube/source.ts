/** Where objects come from: a collection that can be watched, or one object that can only be read. */
import * as v from "valibot";
import { Failure } from "../errors/failure.ts";
import { isObjectMissing, type KubeAnswer, refusal } from "./failures.ts";
import type { KubeHttp, Query } from "./http.ts";

/** An object with what it takes to tell it from others and from its older self. */
export interface Item {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly resourceVersion?: string | undefined;
  };
}

export interface Listing {
  readonly items: readonly Item[];
  /** Where a watch goes on from; absent where there is nothing to watch. */
  readonly version?: string;
}

export interface Source {
  list(signal?: AbortSignal, timeoutMs?: number): Promise<Listing>;
  /** The lines of a watch from `version` on, or the answer that refuses it. Absent where reading is all there is. */
  watch?(version: string, seconds: number, signal: AbortSignal): Promise<KubeAnswer | AsyncGenerator<string>>;
  /** What is listed, for people. */
  readonly what: string;
}

export const item = v.looseObject({
  metadata: v.looseObject({
    name: v.string(),
    namespace: v.optional(v.string()),
    resourceVersion: v.optional(v.string()),
  }),
});

const listAnswer = v.object({
  metadata: v.object({ resourceVersion: v.pipe(v.string(), v.nonEmpty()) }),
  items: v.array(item),
});

export interface CollectionOptions {
  /** What it means where the API does not serve this resource at all: a failure by default. */
  readonly absent?: "empty";
}

/** `path` of a collection, e.g. `/api/v1/namespaces/a/pods`; `query` holds the selectors. */
export function collection(
  http: KubeHttp,
  path: string,
  query: Query,
  options: CollectionOptions = {},
): Source {
  const what = path.slice(1);
  return {
    what,
    async list(signal, timeoutMs) {
      const answer = await http.get(path, query, signal, timeoutMs);
      if (answer.status === 404 && options.absent === "empty") return { items: [] };
      if (answer.status !== 200) throw refusal(answer, http.server, what);
      const parsed = v.safeParse(listAnswer, answer.body);
      if (!parsed.success) throw foreign(http, what);
      return { items: parsed.output.items, version: parsed.output.metadata.resourceVersion };
    },
    watch(resourceVersion, seconds, signal) {
      const asked = {
        watch: "true",
        allowWatchBookmarks: "true",
        timeoutSeconds: `${seconds}`,
        resourceVersion,
      };
      return http.stream(path, { ...query, ...asked }, signal);
    },
  };
}

/** One object by name, as a list of one or, where it does not exist, of none. */
export function single(http: KubeHttp, path: string): Source {
  const what = path.slice(1);
  return {
    what,
    async list(signal, timeoutMs) {
      const answer = await http.get(path, {}, signal, timeoutMs);
      if (isObjectMissing(answer)) return { items: [] };
      if (answer.status !== 200) throw refusal(answer, http.server, what);
      const parsed = v.safeParse(item, answer.body);
      if (!parsed.success) throw foreign(http, what);
      return { items: [parsed.output] };
    },
  };
}

/** Login pages and proxies answer 200 as well. */
function foreign(http: KubeHttp, what: string): Failure {
  return new Failure(
    "CLUSTER_UNREACHABLE",
    `${http.server.origin}: the answer for ${what} is not the Kubernetes API's`,
  );
}
