/** Git in a simulated world: one branch, compare-and-swap, other writers, answers that get lost. */
import { Failure } from "../../src/errors/failure.ts";
import type { GitRemote, PushResult } from "../../src/ports.ts";
import type { Proposals } from "../../src/steps/mutate/propose.ts";
import type { Random } from "../bench/cutovers/random.ts";
import { putGitHead } from "../sandbox/cluster/githead.ts";
import type { ObjectStore } from "../sandbox/cluster/objects.ts";
import { createGit, type MemoryGit, person } from "../steps/fakes.ts";
import { type FileValues, type Model, repository, valuesFile, valuesIn, versionOf } from "./course.ts";
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

/** As it concerns one model. */
export interface WorldGit {
  /** Oldest first; of messages about several models what they say of this one. */
  readonly history: readonly CommitRecord[];
  values(): FileValues;
  /** Somebody else changes some of the values. */
  change(values: Partial<FileValues>, message?: string): void;
  /** Somebody else changes other things: a file of their own, or another key of our file. */
  changeElsewhere(random: Random): void;
  /** What others wrote and must still be there. */
  lost(): readonly string[];
}

export interface Repository {
  /** The same repository, by the models' places. */
  readonly of: readonly WorldGit[];
  port(process: Process): GitRemote;
  /** Undefined where changes are pushed. */
  proposals(process: Process): Proposals | undefined;
}

interface Setting {
  readonly time: Time;
  readonly store: ObjectStore;
  readonly faults: Faults;
  readonly models: readonly Model[];
  readonly minReplicas: number;
  readonly tags: boolean;
  /** Where changes go through pull requests: what people make of these, and whether all are merged soon. */
  readonly people?: Pick<ForgeSettings, "random" | "kind"> | undefined;
}

/** `first`: what stands in the first model's file; in the others' accordingly. */
export function createRepository(setting: Setting, first: FileValues): Repository {
  const { time, store, faults, models, people } = setting;
  const fileOf = (model: Model, values: FileValues) => valuesFile(model, values, setting);
  const firstOf = (model: Model) => ({ ...first, version: versionOf(model, first.version) });
  const git = createGit(
    Object.fromEntries(models.map((model) => [model.location.path, fileOf(model, firstOf(model))])),
  );
  const notes: string[] = [];
  const histories = models.map((): CommitRecord[] => []);
  const valuesOf = ({ location }: Model) => valuesIn(git.text(location.path) ?? "");

  function record(by: CommitRecord["by"], commit: string, also = ""): void {
    const message = `${git.look(commit).message}${also}`;
    for (const model of models) {
      const said = models.length === 1 ? message : aboutOnly(message, model);
      histories[model.index]?.push({ commit, at: time.now(), by, message: said, values: valuesOf(model) });
    }
    const files = Object.fromEntries(
      models.map(({ location: { path } }) => [path, git.text(path) ?? ""] as const),
    );
    putGitHead(store, { repoURL: repository, commit, files });
  }
  function viewOf(model: Model): WorldGit {
    const history = histories[model.index] as CommitRecord[];
    let { owner } = first;
    const values = () => valuesOf(model);
    function change(some: Partial<FileValues>, message = "Change the model by hand"): void {
      const files = { [model.location.path]: fileOf(model, { ...values(), ...some }) };
      record("other", git.commit({ files, message }));
    }
    return {
      history,
      values,
      change,
      changeElsewhere(random) {
        if (random.chance(0.5)) {
          owner = `team-${history.length}`;
          change({ owner }, "Say who owns the model");
          return;
        }
        const path = `notes/${notes.length + 1}.md`;
        notes.push(path);
        record(
          "other",
          git.commit({ files: { [path]: "a note\n" }, message: "Take a note", author: person }),
        );
      },
      lost() {
        const gone = notes.filter((path) => git.text(path) === undefined);
        return values().owner === owner ? gone : [...gone, `owner: ${owner}`];
      },
    };
  }
  /** As three-way merging does it: what others changed elsewhere in the file stays. Pull requests are about one model. */
  function merge(before: string, after: string, message: string, trailers: string): string | undefined {
    const [model] = models as [Model];
    const [base, wanted, now] = [valuesIn(before), valuesIn(after), valuesOf(model)];
    if (base.version !== now.version || base.percent !== now.percent) return undefined;
    const files = { [model.location.path]: fileOf(model, { ...wanted, owner: now.owner }) };
    const commit = git.commit({ files, message });
    // The merge need not tell whose change it is; the oracle is to know.
    record("program", commit, `\n\n${trailers}`);
    return commit;
  }
  const of = models.map(viewOf);
  const forge = people && createWorldForge({ time, merge, ...people });
  function port(process: Process): GitRemote {
    const ask = asker(faults, process);
    function contest(): void {
      for (const model of models) {
        if (!faults.active("push-contested", model) || !process.random.chance(0.7)) continue;
        process.feel("push-contested");
        of[model.index]?.change({ version: versionOf(model, "x2") }, "Another version, please");
      }
    }
    function race(): void {
      if (!faults.active("push-race") || !process.random.chance(0.7)) return;
      process.feel("push-race");
      const raced = models.length === 1 ? 0 : process.random.whole(0, models.length - 1);
      of[raced]?.changeElsewhere(process.random);
    }
    async function arrive(...args: Parameters<GitRemote["push"]>): Promise<PushResult> {
      contest();
      race();
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
  record("other", git.commit({ files: { "README.md": "models\n" }, message: "Describe the repository" }));
  return { of, port, proposals: (process) => forge?.(asker(faults, process)) };
}

/** The trailers of each model begin with its action. */
function aboutOnly(message: string, { ref: { namespace, name } }: Model): string {
  const [head, ...groups] = message.split(/^(?=Bluegreen-Action: )/m);
  const mine = groups.filter((group) =>
    group.split("\n").includes(`Bluegreen-Service: ${namespace}/${name}`),
  );
  return [head, ...mine].join("");
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
