/**
 * The outside world in memory, as src/ports.ts promises it: time that passes only when everybody sleeps, a cluster that
 * follows a script, a Git remote with real history and compare-and-swap, counters that are scraped, a log that is kept.
 */
import { createHash } from "node:crypto";
import type { ApplicationReading } from "../../src/core/application.ts";
import type { World } from "../../src/core/world.ts";
import { Failure } from "../../src/errors/failure.ts";
import type {
  Clock,
  Cluster,
  CommitRequest,
  FileVersion,
  GitCommitInfo,
  GitOps,
  GitPerson,
  GitRemote,
  GitSnapshot,
  Log,
  Metrics,
  Observation,
  PushResult,
} from "../../src/ports.ts";

export interface VirtualClock extends Clock {
  /** Milliseconds of every sleep asked for, in order. */
  readonly slept: readonly number[];
  /** How many sleep now. */
  readonly sleeping: number;
  /** Lets `ms` pass, waking sleepers in their order. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** When time passes by itself, it ends here: a loop that nobody stops must not hang a test. */
const longestRunMs = 24 * 3_600_000;

/**
 * `auto`: whenever everything that is to happen now has happened, the clock jumps to the next sleeper's time. Nothing in
 * memory needs more than microtasks, so an immediate comes after all of it.
 */
export function createClock({ start = 1_700_000_000_000, auto = true } = {}): VirtualClock {
  let now = start;
  let scheduled = false;
  const slept: number[] = [];
  const sleepers = new Set<Sleeper>();

  function wakeNext(until: number): boolean {
    const next = [...sleepers].sort((a, b) => a.until - b.until)[0];
    if (next === undefined || next.until > until) return false;
    now = Math.max(now, next.until);
    next.wake();
    return true;
  }
  function schedule(): void {
    if (!auto || scheduled || sleepers.size === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      wakeNext(start + longestRunMs);
      schedule();
    });
  }
  return {
    slept,
    get sleeping() {
      return sleepers.size;
    },
    now: () => now,
    sleep(ms, signal) {
      slept.push(ms);
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper: Sleeper = { until: now + ms, wake };
        function wake(): void {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        }
        signal?.addEventListener("abort", wake, { once: true });
        sleepers.add(sleeper);
        schedule();
      });
    },
    async advance(ms) {
      const until = now + ms;
      do await settled();
      while (wakeNext(until));
      now = until;
    },
  };
}

/** Everything that can happen without time passing has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** From `at` milliseconds after the clock's start on: what is to be seen, a passing trouble, or the end of the watch. */
export type Scene<T> =
  | { readonly at: number; readonly value: T }
  | { readonly at: number; readonly trouble: Failure }
  | { readonly at: number; readonly broken: Failure }
  | { readonly at: number; readonly ended: true };

export interface Watched {
  /** Watches that have not ended. */
  readonly watching: number;
}

interface Play<T> {
  current(): Scene<T>;
  watch(signal: AbortSignal): AsyncGenerator<Observation<T>>;
  readonly watching: number;
}

function createPlay<T>(clock: Clock, script: readonly Scene<T>[]): Play<T> {
  const start = clock.now();
  let watching = 0;

  function sceneAt(time: number): number {
    return script.findLastIndex(({ at }) => start + at <= time);
  }
  async function* watch(signal: AbortSignal): AsyncGenerator<Observation<T>> {
    watching += 1;
    try {
      for (const scene of script.slice(Math.max(0, sceneAt(clock.now())))) {
        await clock.sleep(Math.max(0, start + scene.at - clock.now()), signal);
        if (signal.aborted || "ended" in scene) return;
        yield observe(scene);
      }
      await aborted(signal);
    } finally {
      watching -= 1;
    }
  }
  return {
    watch,
    get watching() {
      return watching;
    },
    current() {
      const scene = script[sceneAt(clock.now())];
      if (scene === undefined) throw new Error("the script starts later");
      return scene;
    },
  };
}

function observe<T>(scene: Exclude<Scene<T>, { ended: true }>): Observation<T> {
  if ("broken" in scene) throw scene.broken;
  if ("trouble" in scene) return { kind: "trouble", failure: scene.trouble };
  return { kind: "seen", value: scene.value };
}

export interface ScriptedCluster extends Cluster, Watched {
  readonly reads: number;
}

export function createCluster(clock: Clock, script: readonly Scene<World>[]): ScriptedCluster {
  const play = createPlay(clock, script);
  let reads = 0;
  return {
    get watching() {
      return play.watching;
    },
    get reads() {
      return reads;
    },
    async read() {
      reads += 1;
      const scene = play.current();
      if ("trouble" in scene) throw scene.trouble;
      if ("broken" in scene) throw scene.broken;
      if ("ended" in scene) throw new Error("a cluster does not end");
      return scene.value;
    },
    watch: (_, signal) => play.watch(signal),
  };
}

export interface ScriptedGitOps extends GitOps, Watched {
  readonly refreshes: number;
}

/** `answer`: what asking for a refresh comes to. */
export function createGitOps(
  clock: Clock,
  script: readonly Scene<ApplicationReading>[],
  answer: Failure | "asked" | "refused" = "asked",
): ScriptedGitOps {
  const play = createPlay(clock, script);
  let refreshes = 0;
  return {
    get watching() {
      return play.watching;
    },
    get refreshes() {
      return refreshes;
    },
    async refresh() {
      refreshes += 1;
      if (answer instanceof Failure) throw answer;
      return answer;
    },
    watch: play.watch,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

interface StoredCommit {
  readonly commit: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly message: string;
  readonly tree: ReadonlyMap<string, Uint8Array>;
}

export interface OtherCommit {
  /** Path → text; null deletes. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly message?: string;
  readonly author?: GitPerson;
  /** First the one that is changed; without them the branch. */
  readonly parents?: readonly string[];
}

export interface MemoryGit extends GitRemote {
  /** Somebody else pushes now. Returns the commit. With several parents it is a merge. */
  commit(change: OtherCommit): string;
  /** Run when a push has arrived and before it is compared; somebody else may win the race here. */
  onPush: ((attempt: number) => void) | undefined;
  /** While set, every request fails with it. */
  outage: Failure | undefined;
  readonly counts: {
    readonly head: number;
    readonly fetch: number;
    readonly push: number;
    readonly descent: number;
  };
  /** The branch's file as text. */
  text(path: string): string | undefined;
  /** Message and parent of a commit. */
  look(commit: string): { readonly message: string; readonly parent: string | undefined };
}

export const bot: GitPerson = { name: "bluegreen", email: "bluegreen@localhost" };
export const person: GitPerson = { name: "Ada Lovelace", email: "ada@example.com" };

/** A remote with one first commit that holds `files`. */
export function createGit(files: Readonly<Record<string, string>>): MemoryGit {
  const commits = new Map<string, StoredCommit>();
  const counts = { head: 0, fetch: 0, push: 0, descent: 0 };
  let head = "";

  function add(stored: Omit<StoredCommit, "commit">): string {
    const commit = createHash("sha1").update(`${commits.size} ${head} ${stored.message}`).digest("hex");
    commits.set(commit, { commit, ...stored });
    head = commit;
    return commit;
  }
  function get(id: string): StoredCommit {
    const found = commits.get(id);
    if (found === undefined) throw new Error(`no commit ${id}`);
    return found;
  }
  function commit({
    files: changes,
    message = "Change something",
    author = person,
    parents = head === "" ? [] : [head],
  }: OtherCommit): string {
    const [base] = parents;
    const tree = new Map(base === undefined ? [] : get(base).tree);
    for (const [path, text] of Object.entries(changes)) {
      if (text === null) tree.delete(path);
      else tree.set(path, new TextEncoder().encode(text));
    }
    return add({ parents, author, message, tree });
  }
  function request(name: keyof typeof counts): void {
    counts[name] += 1;
    if (git.outage !== undefined) throw git.outage;
  }
  function snapshotOf(stored: StoredCommit): GitSnapshot {
    const { tree, ...info } = stored;
    const id = info.commit;
    return {
      ...info,
      at: async (commit) => snapshotOf(get(commit)),
      readFile: async (path) => tree.get(path)?.slice(),
      fileHistory: (path) => history(id, path),
      commits: (reach) => line(id, reach.commits),
    };
  }
  /** A commit and all that led to it. */
  function ancestry(start: string, follow = (_parent: StoredCommit) => true): readonly StoredCommit[] {
    const found = new Set([get(start)]);
    for (const { parents } of found) for (const each of parents.map(get).filter(follow)) found.add(each);
    return [...found];
  }
  async function* line(start: string, most: number): AsyncGenerator<GitCommitInfo> {
    for (const { tree: _, ...info } of ancestry(start).slice(0, most)) yield info;
  }
  async function* history(start: string, path: string): AsyncGenerator<FileVersion> {
    for (let id: string | undefined = start; id !== undefined; ) {
      const version = versionAt(id, path);
      if (version.content !== undefined || version.parents.length > 0) yield version;
      id = version.parents[0];
    }
  }
  /** The commit that gave the file what it holds at `start`; of several the one that came after the others. */
  function versionAt(start: string, path: string): FileVersion {
    const content = get(start).tree.get(path);
    const agrees = (each: StoredCommit) => sameBytes(each.tree.get(path), content);
    const line = ancestry(start, agrees);
    const origins = line.filter(({ parents }) => !parents.map(get).some(agrees));
    const newest = origins.find((each) => !origins.some((other) => other !== each && isOn(other, each)));
    const { tree: _, ...info } = newest ?? get(start);
    const merges = line.filter((each) => !origins.includes(each) && !agrees(get(each.parents[0] ?? "")));
    return { ...info, merges, content: content?.slice() };
  }
  function isOn(head: StoredCommit, { commit }: StoredCommit): boolean {
    return ancestry(head.commit).some((each) => each.commit === commit);
  }
  const git: MemoryGit = {
    url: "https://gitea.example.com/user1/mlops-gitops.git",
    branch: "main",
    counts,
    onPush: undefined,
    outage: undefined,
    commit,
    text: (path) => {
      const bytes = get(head).tree.get(path);
      return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    },
    look: (id) => ({ message: get(id).message, parent: get(id).parents[0] }),
    async head() {
      request("head");
      return head;
    },
    async fetch() {
      request("fetch");
      return snapshotOf(get(head));
    },
    async push(base, { files: changes, message }: CommitRequest): Promise<PushResult> {
      request("push");
      git.onPush?.(counts.push);
      if (base.commit !== head) return { kind: "overtaken", detail: `main is at ${head}` };
      const tree = new Map(get(base.commit).tree);
      for (const [path, bytes] of changes) tree.set(path, bytes.slice());
      return { kind: "pushed", commit: add({ parents: [head], author: bot, message, tree }) };
    },
    async isDescendant(id, ancestor) {
      request("descent");
      return commits.has(id) && ancestry(id).some(({ commit }) => commit === ancestor);
    },
  };
  commit({ files, message: "Start" });
  return git;
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}

export interface ScrapedPod {
  readonly pod: string;
  /** Requests answered up to `time` (seconds since the epoch). */
  readonly requests: (time: number) => number;
  /** When it ends, in seconds since the epoch; it is not scraped any more then. */
  readonly until?: number;
}

export interface ScrapedMetrics extends Metrics {
  readonly queries: readonly string[];
  /** What the next questions get instead of an answer, one each. */
  readonly failures: Failure[];
  warnings: readonly string[];
}

/** Scrapes pods every `intervalSeconds`, and answers a range selector with the raw samples in its range. */
export function createMetrics(
  clock: Clock,
  pods: readonly ScrapedPod[],
  intervalSeconds = 5,
): ScrapedMetrics {
  const queries: string[] = [];
  const metrics: ScrapedMetrics = {
    queries,
    failures: [],
    warnings: [],
    async query(promql) {
      queries.push(promql);
      const failure = metrics.failures.shift();
      if (failure !== undefined) throw failure;
      const range = Number(/\[(\d+)s\]$/.exec(promql)?.[1]);
      const now = clock.now() / 1000;
      const first = Math.ceil((now - range) / intervalSeconds);
      const times = Array.from(
        { length: Math.floor(now / intervalSeconds) - first + 1 },
        (_, index) => (first + index) * intervalSeconds,
      );
      const series = pods.map(({ pod, requests, until = now }) => ({
        labels: { __name__: "ovms_requests_success", method: "ModelInfer", namespace: "user1-test", pod },
        samples: times.flatMap((time) => (time > until ? [] : [{ time, value: requests(time) }])),
      }));
      return { series, warnings: metrics.warnings };
    },
  };
  return metrics;
}

export interface KeptLog extends Log {
  /** `info: …`, `warn: …`, `debug: …` in order. */
  readonly lines: readonly string[];
  /** Those of one level, without it. */
  of(level: "info" | "warn" | "debug"): readonly string[];
}

export function createLog(): KeptLog {
  const lines: string[] = [];
  return {
    lines,
    of: (level) =>
      lines.filter((line) => line.startsWith(`${level}: `)).map((line) => line.slice(level.length + 2)),
    info: (message) => void lines.push(`info: ${message}`),
    warn: (message) => void lines.push(`warn: ${message}`),
    debug: (message) => void lines.push(`debug: ${message}`),
  };
}
