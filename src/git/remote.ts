/** The GitRemote port over smart HTTP. Everything a remote fetched lives in memory and belongs to it alone. */
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, CommitRequest, GitPerson, GitRemote, GitSnapshot, Log, PushResult } from "../ports.ts";
import type { GitCredentials } from "./credentials.ts";
import { fileHistory, type HistoryContext, isDescendant } from "./history.ts";
import { findEntry, isRepositoryPath, notAFile, readBlob, readCommit } from "./objects.ts";
import { makeCommit, pushCommit } from "./push.ts";
import { createStore, type ObjectStore } from "./store.ts";
import { createTransport } from "./transport.ts";
import { isFile } from "./tree.ts";
import type { Scrub } from "./trouble.ts";
import { createWire, type Wire } from "./wire.ts";

export interface GitRemoteSettings {
  /** As `parseRemoteUrl` gives it. */
  readonly url: string;
  /** Short name: `main`, `feature/x`. */
  readonly branch: string;
  readonly credentials?: GitCredentials | undefined;
  /** PEM certificates trusted in addition to Node's own. */
  readonly extraCa: readonly string[];
  /** Milliseconds until a silent request is given up. */
  readonly timeoutMs: number;
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ x < 1; spreads retries. */
  readonly random?: () => number;
}

/** Nothing is asked of the server yet. */
export async function createGitRemote(settings: GitRemoteSettings): Promise<GitRemote> {
  const { url, branch, clock, log, credentials, random = Math.random } = settings;
  const transport = createTransport({ ...settings, credentials, random });
  const store = await createStore();
  const wire = createWire(url, branch, store, transport);
  const reader = createReader(wire, store, settings);
  const context: HistoryContext = { store, depths: reader, log };
  const place: Place = { url, branch, scrub: transport.scrub };

  async function descends(commit: string, ancestor: string): Promise<boolean> {
    if (![commit, ancestor].every((id) => /^[0-9a-f]{40}$/.test(id))) return false;
    if (commit === ancestor) return true;
    if ((await readCommit(store, commit)) === undefined) await reader.fetch();
    return isDescendant(context, commit, ancestor);
  }
  async function push(base: GitSnapshot, change: CommitRequest): Promise<PushResult> {
    const time = Math.floor(clock.now() / 1000);
    const made = await makeCommit(store, base.commit, change, { ...settings, time });
    const context = { branch, store, wire, head: reader.head, isDescendant: descends };
    return pushCommit(context, base.commit, made);
  }
  return {
    url,
    branch,
    head: () => named(reader.head(), place),
    fetch: () =>
      named(
        reader.fetch().then((id) => snapshotOf(context, id, place)),
        place,
      ),
    push: (base, change) => named(push(base, change), place),
    isDescendant: (commit, ancestor) => named(descends(commit, ancestor), place),
  };
}

interface Reader {
  head(): Promise<string>;
  /** The head's id, its commit and trees now being in the store. */
  fetch(): Promise<string>;
  deepen(): Promise<boolean>;
}

/** Commits fetched at the first look back; each further one fetches four times as many. */
const firstDepth = 50;
const maxDepth = 12_800;

function createReader(wire: Wire, store: ObjectStore, { branch }: GitRemoteSettings): Reader {
  let depth = 1;
  let last: Promise<unknown> = Promise.resolve();

  /** One fetch at a time: they change the list of commits whose parents are not here. */
  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = last.then(action, action);
    last = turn.catch(() => undefined);
    return turn;
  }
  async function fetchTo(wanted: number): Promise<string> {
    const head = await wire.fetch(wanted);
    if (head === undefined) throw await missingBranch(wire, branch);
    depth = wanted;
    return head;
  }
  return {
    head: async () => {
      const fullName = `refs/heads/${branch}`;
      const head = (await wire.listRefs(fullName)).get(fullName);
      if (head === undefined) throw await missingBranch(wire, branch);
      return head;
    },
    fetch: () => inTurn(() => fetchTo(1)),
    deepen: () =>
      inTurn(async () => {
        const wanted = Math.max(firstDepth, depth * 4);
        if (wanted > maxDepth || !(await isShallow(store))) return false;
        await fetchTo(wanted);
        return true;
      }),
  };
}

/** Whether history was left out: Git notes in `shallow` the commits whose parents were not sent. */
async function isShallow({ repository: { fs, gitdir } }: ObjectStore): Promise<boolean> {
  return fs.promises.stat(`${gitdir}/shallow`).then(
    ({ size }) => size > 0,
    () => false,
  );
}

async function missingBranch(wire: Wire, branch: string): Promise<Failure> {
  const refs = await wire.listRefs("refs/heads/");
  const names = [...refs.keys()].map((name) => name.slice("refs/heads/".length)).sort();
  if (names.includes(branch))
    return new Failure("GIT_PROTOCOL", "the branch is listed but could not be fetched");
  return new Failure("GIT_NOT_FOUND", `there is no branch ${printable(branch, 200)}; ${existing(names)}`);
}

function existing(names: readonly string[]): string {
  if (names.length === 0) return "the repository is empty";
  if (names.length > 10) return `there are ${names.length} others`;
  return `there is ${names.map((name) => printable(name, 100)).join(", ")}`;
}

async function snapshotOf(context: HistoryContext, id: string, place: Place): Promise<GitSnapshot> {
  const { store } = context;
  const commit = await readCommit(store, id);
  if (commit === undefined) throw new Failure("GIT_PROTOCOL", `the server left out commit ${id}`);
  return {
    commit: id,
    author: commit.author,
    message: commit.message,
    readFile: (path) => named(readFile(store, commit.tree, path), place),
    fileHistory: (path) => namedAll(fileHistory(context, id, path), place),
  };
}

/** Throws EDIT_REFUSED where the path is something else than a file: a link's target is not its content. */
async function readFile(store: ObjectStore, tree: string, path: string): Promise<Uint8Array | undefined> {
  if (!isRepositoryPath(path)) return undefined;
  const entry = await findEntry(store, tree, path);
  if (entry === undefined) return undefined;
  if (!isFile(entry)) throw notAFile(path, entry);
  return readBlob(store, entry.id);
}

/** Every failure says which repository and branch it is about. */
async function named<T>(action: Promise<T>, place: Place): Promise<T> {
  try {
    return await action;
  } catch (error) {
    throw withPlace(error, place);
  }
}

async function* namedAll<T>(values: AsyncIterable<T>, place: Place): AsyncGenerator<T> {
  try {
    yield* values;
  } catch (error) {
    throw withPlace(error, place);
  }
}

interface Place {
  readonly url: string;
  readonly branch: string;
  readonly scrub: Scrub;
}

function withPlace(error: unknown, { url, branch, scrub }: Place): unknown {
  if (!(error instanceof Failure) || !error.reason.startsWith("GIT_")) return error;
  const evidence = `${scrub(error.evidence)} (${url}, branch ${printable(branch, 200)})`;
  return new Failure(error.reason, evidence, { cause: error.cause });
}
