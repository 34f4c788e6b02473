/**
 * Git's smart HTTP protocol: what a server offers, where its branches are, objects by what was asked for, and a push.
 * isomorphic-git asks for whole trees only; so this folder asks by itself.
 */
import { Failure } from "../../errors/failure.ts";
import { type Advertisement, parseAdvertisement } from "./advertisement.ts";
import { formatUpdate, parseReport, type RefUpdate, type UpdateReport } from "./receive-pack.ts";
import type { Service, Transport } from "./transport.ts";
import {
  type Abilities,
  abilitiesOf,
  type FetchAnswer,
  type FetchRequest,
  formatFetch,
  formatListRefs,
  parseFetch,
  parseListRefs,
} from "./upload-pack.ts";

export interface Wire {
  /** Branches whose full names start with `prefix`: full name → commit id. One request once the server is known. */
  listRefs(prefix: string): Promise<ReadonlyMap<string, string>>;
  abilities(): Promise<Abilities>;
  fetch(request: FetchRequest): Promise<FetchAnswer>;
  /** What the server offers to a push; also tells whether the credentials allow one. */
  prepareUpdate(ref: string): Promise<PreparedUpdate>;
}

export interface PreparedUpdate {
  /** Where the ref is now; "missing" where there is none, undefined where nobody looked: then the push itself tells. */
  readonly head: string | undefined;
  /**
   * Whether the server's word for a push is enough. It is of those that know atomic pushes, and so answer for what
   * became of each ref. Dulwich does not, and reports a push as done whose compare-and-swap failed (seen with 0.21).
   */
  readonly reliable: boolean;
  /** Sends the update once. Throws GIT_UNREACHABLE or GIT_PROTOCOL where the answer was lost. */
  send(update: RefUpdate, pack: Uint8Array): Promise<UpdateReport>;
}

const read: Service = "git-upload-pack";
const write: Service = "git-receive-pack";

export function createWire(transport: Transport): Wire {
  let known: Promise<Advertisement> | undefined;
  /** What a push may use. Asked once, too: whoever lost a race is in a hurry, and the push compares and swaps anyway. */
  let pushing: Advertisement["capabilities"] | undefined;

  function discover(): Promise<Advertisement> {
    return parsed(
      () => transport.discover(read, 2),
      (answer) => parseAdvertisement(answer, read),
    );
  }
  /** Asked once: what a server can do stays. Its refs, which version 0 lists here, do not. */
  function server(): Promise<Advertisement> {
    known ??= discover().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  }
  async function call(body: Buffer, { version }: Advertisement): Promise<Buffer> {
    return transport.call(read, body, version === 2 ? 2 : 1);
  }
  function preparedBy(capabilities: Advertisement["capabilities"]): Omit<PreparedUpdate, "head"> {
    return {
      reliable: capabilities.has("atomic"),
      send: async (update, pack) => {
        const answer = await transport.call(write, formatUpdate(update, capabilities, pack), 1);
        return parseReport(answer, update, capabilities);
      },
    };
  }
  return {
    listRefs: async (prefix) => {
      const fresh = known === undefined;
      const advertisement = await server();
      if (advertisement.version === 2)
        return parsed(() => call(formatListRefs(prefix), advertisement), parseListRefs);
      if (!fresh) known = discover();
      const { refs } = await server();
      return new Map([...refs].filter(([name]) => name.startsWith(prefix)));
    },
    abilities: async () => abilitiesOf(await server()),
    fetch: async (request) => {
      const advertisement = await server();
      return parsed(
        () => call(formatFetch(request, advertisement), advertisement),
        (answer) => parseFetch(answer, advertisement),
      );
    },
    prepareUpdate: async (ref) => {
      if (pushing !== undefined) return { head: undefined, ...preparedBy(pushing) };
      const { refs, capabilities } = await parsed(
        () => transport.discover(write, 1),
        (answer) => parseAdvertisement(answer, write),
      );
      if (refs.has(ref)) pushing = capabilities;
      return { head: refs.get(ref) ?? "missing", ...preparedBy(capabilities) };
    },
  };
}

/** An answer of which a part is missing looks like nonsense: what only reads is asked once more. */
async function parsed<T>(ask: () => Promise<Buffer>, parse: (answer: Buffer) => T): Promise<T> {
  const first = await ask();
  try {
    return parse(first);
  } catch (error) {
    if (!(error instanceof Failure && error.reason === "GIT_PROTOCOL")) throw error;
    return parse(await ask());
  }
}
