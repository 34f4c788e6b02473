/**
 * The GitRemote port over smart HTTP: no work tree, nothing on disk, nothing shared between remotes.
 *
 * What it asks for. On a server with filters: what it can do, where the branch is, the commit with the upper trees, the
 * folder with the file, then what a push may use, and the push: six requests for an edit, three for another try after a
 * lost race (`levels.ts` has the trade-off between round trips and data). On others: a shallow snapshot, and afterwards
 * what is new (`source.ts` chooses, `partial.ts` and `whole.ts` are the two ways). History is fetched as far as it is
 * read, in steps, commits and the trees of one path only. A push to a server whose word is not enough (`wire.ts`) is
 * followed by a look at the branch.
 *
 * Concurrency. The server's compare-and-swap on the branch is the only lock, between processes and within one: any number
 * of remotes may work on a branch. The calls of one remote may overlap, too: objects never change, the store only adds
 * what hashes to its name, and each request stands for itself (whole snapshots, which build on each other, queue up).
 *
 * At rest, whatever happened before: the branch is where somebody put it, never elsewhere and never forced; of each
 * `push` there is at most one commit on it, whose parent is the base and whose difference to it is exactly the files
 * that were asked for; "pushed" means that it is there, "overtaken" that it is not. A failure of an access or a push
 * means that it is not there, too, unless its text says that the branch could not be looked at and names the commit to
 * look for. Nothing has to be cleaned up: an object without a branch is the server's to collect.
 */
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import type { ProxyEnvironment } from "../net/proxy.ts";
import type {
  Clock,
  CommitRequest,
  GitForks,
  GitPerson,
  GitRemote,
  GitSnapshot,
  Log,
  PushResult,
} from "../ports.ts";
import type { CredentialSource } from "./credentials/credentials.ts";
import { fileHistory } from "./file-history.ts";
import { type HistoryContext, isDescendant, recentCommits } from "./history.ts";
import { readCommit } from "./objects/commit.ts";
import { findEntry, isRepositoryPath, notAFile, type ObjectWriter, readBlob } from "./objects/objects.ts";
import type { CommitSigner } from "./objects/signing.ts";
import { createStore } from "./objects/store.ts";
import { isFile } from "./objects/tree.ts";
import { type MadeCommit, makeCommit, noCommit, pushCommit } from "./push.ts";
import { createSource, type ObjectReader } from "./source.ts";
import type { Scrub } from "./trouble.ts";
import { createTransport } from "./wire/transport.ts";
import { createWire, type Wire } from "./wire/wire.ts";

export interface GitRemoteSettings {
  /** As `parseRemoteUrl` gives it. */
  readonly url: string;
  /** Short name: `main`, `feature/x`. */
  readonly branch: string;
  readonly credentials?: CredentialSource | undefined;
  /** PEM certificates trusted in addition to Node's own. */
  readonly extraCa: readonly string[];
  /** Names the proxy, if any. */
  readonly env?: ProxyEnvironment | undefined;
  /** Milliseconds until a silent request is given up. */
  readonly timeoutMs: number;
  readonly author: GitPerson;
  readonly committer: GitPerson;
  /** Absent: commits are not signed. */
  readonly signer?: CommitSigner | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ x < 1; spreads retries. */
  readonly random?: () => number;
}

/** Nothing is asked of the server yet. */
export async function createGitRemote(settings: GitRemoteSettings): Promise<GitRemote & GitForks> {
  const { url, branch, clock, log, credentials, random = Math.random } = settings;
  const transport = createTransport({ ...settings, credentials, random });
  const store = createStore();
  const wire = createWire(transport);
  const head = () => headOf(wire, branch);
  const source = createSource(wire, store, head);
  const history: HistoryContext = { store, source, log };
  const objects: ObjectReader & ObjectWriter = { ...source, write: store.write };
  const place: Place = { url, branch, scrub: transport.scrub };

  async function fetch(paths: readonly string[]): Promise<GitSnapshot> {
    const id = await head();
    await source.open(id, paths);
    return snapshotOf(history, id, place);
  }
  async function descends(commit: string, ancestor: string): Promise<boolean> {
    if (![commit, ancestor].every((id) => /^[0-9a-f]{40}$/.test(id))) return false;
    return commit === ancestor || isDescendant(history, commit, ancestor);
  }
  function commit(base: GitSnapshot, change: CommitRequest): Promise<MadeCommit> {
    const time = Math.floor(clock.now() / 1000);
    return makeCommit(objects, base.commit, change, { ...settings, time });
  }
  async function push(base: GitSnapshot, change: CommitRequest): Promise<PushResult> {
    const { pause } = transport;
    const context = { branch, store, wire, head, isDescendant: descends, pause };
    return pushCommit(context, base.commit, commit(base, change));
  }
  async function fetchBranch(other: string, paths: readonly string[]): Promise<GitSnapshot | undefined> {
    const id = await whereIs(wire, other);
    if (id === undefined) return undefined;
    await source.open(id, paths);
    return snapshotOf(history, id, place);
  }
  async function fork(base: GitSnapshot, other: string, change: CommitRequest): Promise<PushResult> {
    const { pause } = transport;
    const isDescendant = async (id: string, ancestor: string) =>
      id !== noCommit && (await descends(id, ancestor));
    const headOfOther = async () => (await whereIs(wire, other)) ?? noCommit;
    const context = { branch: other, store, wire, head: headOfOther, isDescendant, pause };
    return pushCommit(context, noCommit, commit(base, change));
  }
  return {
    url,
    branch,
    head: () => named(head(), place),
    fetch: (paths = []) => named(fetch(paths), place),
    push: (base, change) => named(push(base, change), place),
    isDescendant: (commit, ancestor) => named(descends(commit, ancestor), place),
    fetchBranch: (other, paths = []) => named(fetchBranch(other, paths), place),
    fork: (base, other, change) => named(fork(base, other, change), place),
  };
}

async function whereIs(wire: Wire, branch: string): Promise<string | undefined> {
  const fullName = `refs/heads/${branch}`;
  return (await wire.listRefs(fullName)).get(fullName);
}

async function headOf(wire: Wire, branch: string): Promise<string> {
  const head = await whereIs(wire, branch);
  if (head === undefined) throw await missingBranch(wire, branch);
  return head;
}

async function missingBranch(wire: Wire, branch: string): Promise<Failure> {
  const refs = await wire.listRefs("refs/heads/");
  const names = [...refs.keys()].map((name) => name.slice("refs/heads/".length)).sort();
  return new Failure("GIT_NOT_FOUND", `there is no branch ${printable(branch, 200)}; ${existing(names)}`);
}

function existing(names: readonly string[]): string {
  if (names.length === 0) return "the repository is empty";
  if (names.length > 10) return `there are ${names.length} others`;
  return `there is ${names.map((name) => printable(name, 100)).join(", ")}`;
}

async function snapshotOf(context: HistoryContext, id: string, place: Place): Promise<GitSnapshot> {
  const { source } = context;
  const commit = await readCommit(source, id);
  if (commit === undefined) throw new Failure("GIT_PROTOCOL", `the server left out commit ${id}`);
  return {
    commit: id,
    author: commit.author,
    message: commit.message,
    parents: commit.parents,
    at: (commit) => named(snapshotOf(context, commit, place), place),
    readFile: (path) => named(readFile(source, commit.tree, path), place),
    fileHistory: (path) => namedAll(fileHistory(context, id, path), place),
    commits: (reach) => namedAll(recentCommits(context, id, reach), place),
  };
}

/** Throws EDIT_REFUSED where the path is something else than a file: a link's target is not its content. */
async function readFile(reader: ObjectReader, tree: string, path: string): Promise<Uint8Array | undefined> {
  if (!isRepositoryPath(path)) return undefined;
  const entry = await findEntry(reader, tree, path);
  if (entry === undefined) return undefined;
  if (!isFile(entry)) throw notAFile(path, entry);
  return readBlob(reader, entry.id);
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
