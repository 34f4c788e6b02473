/** Git in a simulated world: one branch, compare-and-swap, other writers, answers that get lost. */
import { Failure } from "../../src/errors/failure.ts";
import type { GitRemote, PushResult } from "../../src/ports.ts";
import type { Proposals } from "../../src/steps/mutate/propose.ts";
import type { Random } from "../bench/cutovers/random.ts";
import { putGitHead } from "../sandbox/cluster/githead.ts";
import type { ObjectStore } from "../sandbox/cluster/objects.ts";
import { createGit, type MemoryGit, person } from "../steps/fakes.ts";
import { type FileValues, location, repository, valuesFile, valuesIn } from "./course.ts";
import type { Faults } from "./faults.ts";
import { type Ask, createWorldForge, type ForgeSettings } from "./forge.ts";
import { type Process, secret } from "./process.ts";
import type { Time } from "./time.ts";

export interface CommitRecord {
  readonly commit: string;
  readonly at: number;
  readonly by: "program" | "other";
  readonly message: string;
  readonly values: FileValues;
}

export interface WorldGit {
  /** Oldest first. */
  readonly history: readonly CommitRecord[];
  values(): FileValues;
  /** Somebody else changes some of the values. */
  change(values: Partial<FileValues>, message?: string): void;
  /** Somebody else changes other things: a file of their own, or another key of our file. */
  changeElsewhere(random: Random): void;
  /** What others wrote and must still be there. */
  lost(): readonly string[];
  port(process: Process): GitRemote;
  /** Undefined where changes are pushed. */
  proposals(process: Process): Proposals | undefined;
}

interface Setting {
  readonly time: Time;
  readonly store: ObjectStore;
  readonly faults: Faults;
  readonly minReplicas: number;
  readonly tags: boolean;
  /** Where changes go through pull requests: what people make of these, and whether all are merged soon. */
  readonly people?: Pick<ForgeSettings, "random" | "kind"> | undefined;
}

export function createWorldGit(setting: Setting, first: FileValues): WorldGit {
  const { time, store, faults, people } = setting;
  const fileOf = ({ version, percent, owner }: FileValues) => valuesFile(version, percent, owner, setting);
  const git = createGit({ [location.path]: fileOf(first) });
  const history: CommitRecord[] = [];
  const notes: string[] = [];
  let owner = first.owner;

  const values = () => valuesIn(git.text(location.path) ?? "");
  function record(by: CommitRecord["by"], commit: string, also = ""): void {
    const message = `${git.look(commit).message}${also}`;
    history.push({ commit, at: time.now(), by, message, values: values() });
    const files = { [location.path]: git.text(location.path) ?? "" };
    putGitHead(store, { repoURL: repository, commit, files });
  }
  function change(some: Partial<FileValues>, message = "Change the model by hand"): void {
    record("other", git.commit({ files: { [location.path]: fileOf({ ...values(), ...some }) }, message }));
  }
  /** As three-way merging does it: what others changed elsewhere in the file stays. */
  function merge(before: string, after: string, message: string, trailers: string): string | undefined {
    const [base, wanted, now] = [valuesIn(before), valuesIn(after), values()];
    if (base.version !== now.version || base.percent !== now.percent) return undefined;
    const files = { [location.path]: fileOf({ ...wanted, owner: now.owner }) };
    const commit = git.commit({ files, message });
    // The merge need not tell whose change it is; the oracle is to know.
    record("program", commit, `\n\n${trailers}`);
    return commit;
  }
  const forge = people && createWorldForge({ time, merge, ...people });
  function port(process: Process): GitRemote {
    const ask = asker(faults, process);
    function overtake(): void {
      if (faults.active("push-contested") && process.random.chance(0.7)) {
        process.feel("push-contested");
        change({ version: "x2" }, "Another version, please");
      }
      if (!faults.active("push-race") || !process.random.chance(0.7)) return;
      process.feel("push-race");
      changeElsewhere(process.random);
    }
    async function arrive(...args: Parameters<GitRemote["push"]>): Promise<PushResult> {
      overtake();
      const result = await git.push(...args);
      if (result.kind === "pushed") record("program", result.commit);
      return result;
    }
    return {
      url: git.url,
      branch: git.branch,
      head: () => ask(git.head),
      fetch: (paths) => ask(() => git.fetch(paths)),
      isDescendant: (...args) => ask(() => git.isDescendant(...args)),
      push: (...args) =>
        pushPatiently({ ask, git, faults, process, arrive: () => arrive(...args) }, args[0].commit),
    };
  }
  function changeElsewhere(random: Random): void {
    if (random.chance(0.5)) {
      owner = `team-${history.length}`;
      change({ owner }, "Say who owns the model");
      return;
    }
    const path = `notes/${notes.length + 1}.md`;
    notes.push(path);
    record("other", git.commit({ files: { [path]: "a note\n" }, message: "Take a note", author: person }));
  }
  record("other", git.commit({ files: { "README.md": "models\n" }, message: "Describe the repository" }));
  return {
    history,
    values,
    change,
    changeElsewhere,
    lost() {
      const gone = notes.filter((path) => git.text(path) === undefined);
      return values().owner === owner ? gone : [...gone, `owner: ${owner}`];
    },
    port,
    proposals: (process) => forge?.(asker(faults, process)),
  };
}

function asker(faults: Faults, process: Process): Ask {
  return (act) =>
    process.call(() => {
      if (!faults.active("git-down")) return act();
      process.feel("git-down");
      throw unreachable();
    });
}

interface Pushing {
  readonly ask: Ask;
  readonly git: MemoryGit;
  readonly faults: Faults;
  readonly process: Process;
  /** The push as the server does it. */
  readonly arrive: () => Promise<PushResult>;
}

/** As the adapter does it: after a lost answer it looks at the branch before the very same commit is sent again. */
async function pushPatiently(pushing: Pushing, base: string): Promise<PushResult> {
  const { ask, git, process } = pushing;
  for (let attempt = 0; ; attempt += 1) {
    const { fate, heard } = await send(pushing);
    if (fate !== undefined && heard) return fate;
    process.feel("push-answer-lost");
    await process.pause(process.random.between(100, 5_000));
    const head = await ask(git.head);
    if (fate?.kind === "pushed" && (await ask(() => git.isDescendant(head, fate.commit)))) return fate;
    if (head !== base) return { kind: "overtaken", detail: `${git.branch} is at ${head}` };
    if (attempt >= 2) throw unreachable();
    await process.pause(process.random.between(500, 3_000));
  }
}

interface Sent {
  /** Undefined: it never arrived. */
  readonly fate: PushResult | undefined;
  readonly heard: boolean;
}

async function send({ ask, faults, process: { random }, arrive }: Pushing): Promise<Sent> {
  if (!faults.active("push-answer-lost") || random.chance(0.2))
    return { fate: await ask(arrive), heard: true };
  return { fate: random.chance(0.5) ? await ask(arrive) : undefined, heard: false };
}

function unreachable(): Failure {
  return new Failure("GIT_UNREACHABLE", "the Git server does not answer", { cause: new Error(secret) });
}
