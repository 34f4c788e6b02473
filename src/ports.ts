/**
 * The few interfaces the steps need of the outside world. Adapters implement them, one folder per system;
 * tests and the sandbox may implement them too. Everything that crosses them is parsed data, never a raw answer.
 * Methods throw `Failure` (src/errors) and nothing else.
 */
import type { ApplicationReading } from "./core/application.ts";
import type { PullRequestReading } from "./core/pull-request.ts";
import type { EventReading } from "./core/stuck/finding.ts";
import type { ServiceRef, World } from "./core/world.ts";
import type { Failure } from "./errors/failure.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, at once when `signal` is or gets aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Log {
  info(message: string): void;
  warn(message: string): void;
  debug(message: string): void;
  /**
   * What is awaited now and was seen of it, told again and again; `about` names one of several models. Present where it
   * has a place of its own, on a terminal; elsewhere changes of it are lines like others.
   */
  waiting?(message: string, about?: string): void;
}

/** What a watch reports: a value seen, or trouble that it goes on working through. */
export type Observation<T> =
  | { readonly kind: "seen"; readonly value: T }
  | { readonly kind: "trouble"; readonly failure: Failure };

export interface Cluster {
  /** The world as it is now, read from the API server (no cache). */
  read(service: ServiceRef): Promise<World>;
  /**
   * The world now and again after every change, until `signal` is aborted. Reconnects, relists after 410 and polls
   * as a safety net by itself; throws only for what waiting cannot mend (401 after a token re-read, 403).
   */
  watch(service: ServiceRef, signal: AbortSignal): AsyncIterable<Observation<World>>;
}

/** What controllers and kubelets had to say. */
export interface Happenings {
  /** Warnings about objects of the namespace; none where they cannot be read. */
  warnings(namespace: string, signal: AbortSignal): Promise<readonly EventReading[]>;
}

export interface GitOps {
  /** Where the Application is. */
  readonly place?: ServiceRef;
  /** Asks Argo CD to compare with Git now. "refused": the right to patch is missing, and asking again is of no use. */
  refresh(): Promise<"asked" | "refused">;
  /** As `Cluster.watch`. Ends without a value where the Application cannot be read. */
  watch(signal: AbortSignal): AsyncIterable<Observation<ApplicationReading>>;
}

export interface GitPerson {
  readonly name: string;
  readonly email: string;
}

export interface GitCommitInfo {
  /** Full object id, 40 or 64 hex digits. */
  readonly commit: string;
  readonly author: GitPerson;
  readonly message: string;
  /** None of a first commit. */
  readonly parents: readonly string[];
}

/** A version of one file, newest first in a history. */
export interface FileVersion extends GitCommitInfo {
  /** The file's bytes as of this commit; undefined where the commit deleted it. */
  readonly content: Uint8Array | undefined;
  /** Merges by which it came here and whose first parent had another one, newest first. */
  readonly merges: readonly Pick<GitCommitInfo, "commit" | "parents">[];
}

/** How far to look back: to whichever comes first. */
export interface LookBack {
  /** How many at most. */
  readonly commits: number;
  /** Milliseconds since the epoch: none that was committed before, though some that lie behind a few such. */
  readonly since: number;
}

/** The branch at one commit. */
export interface GitSnapshot extends GitCommitInfo {
  /** The repository at a commit that led here. */
  at(commit: string): Promise<GitSnapshot>;
  /** The file's bytes, or undefined where there is no such file. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /**
   * The commits that changed `path`, newest first, this snapshot's commit included if it did. Where lines of work met, the
   * one by which the file came to what the merge holds; a merge that agrees with a parent changed nothing. Lazy: fetches
   * deeper history only as far as it is read.
   */
  fileHistory(path: string): AsyncIterable<FileVersion>;
  /**
   * The commits that led here, this one first, by all parents and whatever they changed. Lazy; needs neither folders nor
   * files of them, which makes it a small look where there are many applications.
   */
  commits(reach: LookBack): AsyncIterable<GitCommitInfo>;
}

export interface CommitRequest {
  /** Path → new content. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly message: string;
}

export type PushResult =
  | { readonly kind: "pushed"; readonly commit: string }
  /** Somebody else moved the branch first; nothing was changed. */
  | { readonly kind: "overtaken"; readonly detail: string };

export interface GitRemote {
  /** Without credentials; for people. */
  readonly url: string;
  readonly branch: string;
  /** The branch's head commit id, by one small request. */
  head(): Promise<string>;
  /** The branch as it is now. Naming the `paths` that will be read saves requests; others can be read all the same. */
  fetch(paths?: readonly string[]): Promise<GitSnapshot>;
  /** Commits on top of `base` and pushes by compare-and-swap, never by force. */
  push(base: GitSnapshot, change: CommitRequest): Promise<PushResult>;
  /** Whether `commit` is `ancestor` or has it among its ancestors. */
  isDescendant(commit: string, ancestor: string): Promise<boolean>;
}

/** Branches besides the one that Argo CD follows. */
export interface GitForks {
  /** A branch as it is now; undefined where there is none of this name. */
  fetchBranch(branch: string, paths?: readonly string[]): Promise<GitSnapshot | undefined>;
  /** Commits on top of `base` and makes the new `branch` point there; "overtaken": there is such a branch already. */
  fork(base: GitSnapshot, branch: string, change: CommitRequest): Promise<PushResult>;
}

/** How long a request may be tried, and who may end it early. */
export interface Patience {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Pull requests into one branch of one repository (Gitea, GitHub). */
export interface Forge {
  /** The newest pull request from `branch`, whatever became of it. */
  find(branch: string, patience: Patience): Promise<PullRequestReading | undefined>;
  /** Opens one, or gives the open one that there is already. */
  open(
    request: { readonly branch: string; readonly title: string; readonly body: string },
    patience: Patience,
  ): Promise<PullRequestReading>;
  read(number: number, patience: Patience): Promise<PullRequestReading>;
}

/** One time series: its labels and its raw samples (time in seconds since the epoch, as Prometheus stamped it). */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly time: number; readonly value: number }[];
}

export interface QueryAnswer {
  readonly series: readonly Series[];
  /** Thanos says here that an answer is partial. */
  readonly warnings: readonly string[];
  /** What the answer's time tells of the server's clock; absent where it told nothing. */
  readonly clock?: ServerClock;
}

/** By how many seconds a server's clock is ahead of ours: at least and at most. Negative: it is behind. */
export interface ServerClock {
  readonly aheadLeast: number;
  readonly aheadMost: number;
}

export interface QueryTime {
  /** Milliseconds since the epoch; the server's present if absent. */
  readonly at?: number;
}

export interface Metrics {
  /** An instant query; a bare range selector returns the raw samples. */
  query(promql: string, time?: QueryTime): Promise<QueryAnswer>;
}

export interface ProbeRequest {
  /** Of the inference endpoint. */
  readonly url: string;
  /** Sent as it stands. */
  readonly body: string;
  /** Whether a token may travel there. */
  readonly confidential: boolean;
}

export type ProbeReply =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly body: string;
      /** Where a redirect leads; none is followed. */
      readonly location?: string;
    }
  /** `nonsense`: it came, and cannot be an answer. `arrived`: the model may have counted it. `detail` is printable. */
  | { readonly kind: "unanswered" | "nonsense"; readonly detail: string; readonly arrived: boolean };

export interface ProbeClient {
  /** One inference request; throws Failure only for what was never sent. */
  infer(request: ProbeRequest, signal: AbortSignal): Promise<ProbeReply>;
}
