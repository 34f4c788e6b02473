/** A Git server's pull requests in a simulated world, and the people who merge them, close them, or never come. */
import { createHash } from "node:crypto";
import type { PullRequestReading } from "../../src/core/pull-request.ts";
import type {
  CommitRequest,
  FileVersion,
  Forge,
  GitForks,
  GitSnapshot,
  PushResult,
} from "../../src/ports.ts";
import type { Proposals } from "../../src/steps/mutate/propose.ts";
import type { Random } from "../bench/cutovers/random.ts";
import { bot } from "../steps/fakes.ts";
import { models, repository } from "./course.ts";
import type { Time } from "./time.ts";

/** Requests to the server, which may be away. */
export type Ask = <T>(act: () => Promise<T>) => Promise<T>;

interface Branch {
  readonly base: GitSnapshot;
  readonly change: CommitRequest;
  readonly commit: string;
}

interface Pull {
  readonly branch: Branch;
  reading: PullRequestReading;
}

export interface ForgeSettings {
  readonly time: Time;
  /** What people make of pull requests. */
  readonly random: Random;
  /** Whether all of them are merged, and soon. */
  readonly kind: boolean;
  /** Puts the change onto the target; undefined where it cannot be merged. Gives the commit. */
  readonly merge: (before: string, after: string, message: string, trailers: string) => string | undefined;
}

/** Pull requests are about one model. */
const [{ location }] = models;

/** For one process each: `ask` sends its requests. */
export function createWorldForge(settings: ForgeSettings): (ask: Ask) => Proposals {
  const branches = new Map<string, Branch>();
  const pulls: (Pull & { readonly from: string })[] = [];

  function push(name: string, base: GitSnapshot, change: CommitRequest): PushResult {
    if (branches.has(name)) return { kind: "overtaken", detail: `there is a branch ${name}` };
    const commit = createHash("sha1").update(`${name} ${base.commit} ${change.message}`).digest("hex");
    branches.set(name, { base, change, commit });
    return { kind: "pushed", commit };
  }
  function open(from: string, title: string, body: string): PullRequestReading {
    const known = pulls.findLast((pull) => pull.from === from && pull.reading.state === "open");
    if (known !== undefined) return known.reading;
    const number = pulls.length + 1;
    const url = `${repository.replace(/\.git$/, "")}/pulls/${number}`;
    const reading: PullRequestReading = { number, url, state: "open", title, body, conflict: "no" };
    const pull = { from, branch: branches.get(from) as Branch, reading };
    pulls.push(pull);
    void decide(settings, pull);
    return reading;
  }
  return (ask) => {
    const forge: Forge = {
      find: (from) => ask(async () => pulls.findLast((pull) => pull.from === from)?.reading),
      open: ({ branch, title, body }) => ask(async () => open(branch, title, body)),
      read: (number) => ask(async () => (pulls[number - 1] as Pull).reading),
    };
    const forks: GitForks = {
      fetchBranch: (name) =>
        ask(async () => {
          const branch = branches.get(name);
          return branch && snapshotOf(branch);
        }),
      fork: (base, name, change) => ask(async () => push(name, base, change)),
    };
    return { forge, forks };
  };
}

/** When somebody comes, and what is done then. */
async function decide({ time, random, kind, merge }: ForgeSettings, pull: Pull): Promise<void> {
  const fate = kind ? "merge" : random.pick(["merge", "merge", "merge", "close", "leave"] as const);
  if (fate === "leave") return;
  const ownWords = random.chance(0.5);
  const before = text(await pull.branch.base.readFile(location.path));
  time.after(random.between(1_000, kind ? 60_000 : 200_000), () => {
    const { reading, branch } = pull;
    if (fate === "close") {
      pull.reading = { ...reading, state: "closed" };
      return;
    }
    const message = ownWords
      ? `Merge pull request #${reading.number}\n`
      : `${reading.title}\n\n${reading.body}\n`;
    const after = text(branch.change.files.get(location.path));
    const mergeCommit = merge(before, after, message, branch.change.message);
    pull.reading =
      mergeCommit === undefined
        ? { ...reading, conflict: "yes" }
        : { ...reading, state: "merged", mergeCommit };
  });
}

function snapshotOf({ base, change, commit }: Branch): GitSnapshot {
  const { message, files } = change;
  const info = { commit, author: bot, message, parents: [base.commit] };
  async function* history(path: string): AsyncGenerator<FileVersion> {
    const content = files.get(path);
    if (content !== undefined) yield { ...info, merges: [], content };
    yield* base.fileHistory(path);
  }
  return {
    ...info,
    at: base.at,
    readFile: async (path) => files.get(path) ?? base.readFile(path),
    fileHistory: history,
    commits: base.commits,
  };
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
