/**
 * How branches and objects get here and back: the part of the adapter to replace for another protocol. This one reads
 * by isomorphic-git (whole trees at a depth) and pushes exactly the objects it is given.
 */
import { fetch as gitFetch, listServerRefs, writeRef } from "isomorphic-git";
import type { HttpClient } from "isomorphic-git/http/node";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import {
  formatUpdate,
  parseAdvertisement,
  parseReport,
  type RefUpdate,
  type UpdateReport,
} from "./receive-pack.ts";
import { type ObjectStore, remoteName } from "./store.ts";
import type { Service, Transport } from "./transport.ts";

export interface Wire {
  /** Branches whose full names start with `prefix`: full name → commit id. */
  listRefs(prefix: string): Promise<ReadonlyMap<string, string>>;
  /**
   * Brings the branch's head and its history of `depth` commits into the store. Undefined where there is no such
   * branch.
   */
  fetch(depth: number): Promise<string | undefined>;
  /** What the server offers to a push; also tells whether the credentials allow one. */
  prepareUpdate(): Promise<PreparedUpdate>;
}

export interface PreparedUpdate {
  /** Where the branch is now; undefined where there is none. */
  readonly head: string | undefined;
  /** Sends the update once. Throws GIT_UNREACHABLE or GIT_PROTOCOL where the answer was lost. */
  send(update: RefUpdate, pack: Uint8Array): Promise<UpdateReport>;
}

export function createWire(url: string, branch: string, store: ObjectStore, transport: Transport): Wire {
  const http = httpFor(url, transport);
  const fullName = `refs/heads/${branch}`;
  const tracking = `refs/remotes/${remoteName}/${branch}`;
  return {
    listRefs: async (prefix) => {
      const refs = await guarded(() => listServerRefs({ http, url, prefix, protocolVersion: 2 }));
      return new Map(refs.map(({ ref, oid }) => [ref, oid]));
    },
    fetch: (depth) =>
      guarded(async () => {
        const { fetchHead } = await gitFetch({
          ...store.repository,
          http,
          url,
          remote: remoteName,
          // What is here already is known under this name.
          ref: tracking,
          remoteRef: fullName,
          depth,
          singleBranch: true,
          tags: false,
        });
        return fetchHead ?? undefined;
      }).catch((error: unknown) => {
        if (error instanceof MissingRef) return undefined;
        throw error;
      }),
    prepareUpdate: async () => {
      const { refs, capabilities } = parseAdvertisement(await transport.discover("git-receive-pack", 1));
      return {
        head: refs.get(fullName),
        send: async (update, pack) => {
          const answer = await transport.call(
            "git-receive-pack",
            formatUpdate(update, capabilities, pack),
            1,
          );
          const report = parseReport(answer, update.ref, capabilities);
          if (report.kind === "updated") {
            await writeRef({ ...store.repository, ref: tracking, value: update.to, force: true });
          }
          return report;
        },
      };
    },
  };
}

class MissingRef extends Error {}

/** isomorphic-git's errors are about answers that it cannot make sense of; ours pass. */
async function guarded<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error) || !("caller" in error)) throw error;
    if ("code" in error && error.code === "NotFoundError") throw new MissingRef();
    // Without the error as a cause: it may hold the answer as it came.
    throw new Failure("GIT_PROTOCOL", printable(error.message, 300));
  }
}

/** isomorphic-git's HTTP plugin over our transport, which knows the credentials; isomorphic-git never does. */
function httpFor(url: string, transport: Transport): HttpClient {
  let capabilities: Buffer | undefined;

  /** A version 2 advertisement lists no refs, so it holds for all requests of a run. */
  async function discover(service: Service, protocol: 1 | 2): Promise<Buffer> {
    if (protocol === 2 && capabilities !== undefined) return capabilities;
    const answer = await transport.discover(service, protocol);
    if (protocol === 2 && answer.subarray(0, 200).includes("version 2\n")) capabilities = answer;
    return answer;
  }
  return {
    request: async ({ url: target, method = "GET", headers = {}, body }) => {
      const protocol = headers["Git-Protocol"] === "version=2" ? 2 : 1;
      const service: Service = "git-upload-pack";
      const answer =
        method === "GET"
          ? await discover(service, protocol)
          : await transport.call(service, await collect(body), protocol);
      const kind = method === "GET" ? "advertisement" : "result";
      return {
        url: target.startsWith(url) ? target : url,
        method,
        statusCode: 200,
        statusMessage: "OK",
        headers: { "content-type": `application/x-${service}-${kind}` },
        body: once(answer),
      };
    },
  };
}

async function collect(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
