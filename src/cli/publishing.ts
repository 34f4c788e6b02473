/** From option values to how a change gets into Git: as whom, signed by which key, pushed or proposed. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { GitAccess } from "../git/credentials/credentials.ts";
import type { CommitSigner } from "../git/objects/signing.ts";
import { once } from "../once.ts";
import type { Clock, GitForks, GitPerson, GitRemote } from "../ports.ts";
import type { Proposals } from "../steps/mutate/propose.ts";
import type { MutateRequest } from "../steps/mutate/request.ts";
import type { Values } from "./options.ts";
import type { Session } from "./session.ts";

/** Where the run's repository is. */
export interface Source {
  readonly gitUrl: string;
  readonly branch: string;
}

export interface Channel {
  readonly session: Session;
  readonly clock: Clock;
  readonly extraCa: readonly string[];
  /** Milliseconds for one HTTP request. */
  readonly timeoutMs: number;
}

/** What stands below every commit, also below an automatic rollback's. */
export function signatures(values: Values): Pick<MutateRequest, "trailers" | "signOff"> {
  const signOff = values["sign-off"] === true ? committerOf(values) : undefined;
  return { trailers: values["commit-trailer"], signOff };
}

/** Steps that only read the branch have no such options. */
function authorOf(values: Values): GitPerson {
  return values["commit-author"] ?? { name: "bluegreen", email: "bluegreen@localhost" };
}

function committerOf(values: Values): GitPerson {
  return values["commit-committer"] ?? authorOf(values);
}

/** Reads credentials now, so that what is wrong with them is told now; loads the rest when asked. */
export async function gitRemote(channel: Channel, source: Source): Promise<GitRemote & GitForks> {
  const { session, clock, extraCa, timeoutMs } = channel;
  const { values, env, log } = session;
  const { gitUrl, branch } = source;
  const settings = {
    ...(await accessFor(session, source)),
    branch,
    extraCa,
    env,
    timeoutMs,
    author: authorOf(values),
    committer: committerOf(values),
    signer: await signerOf(values, clock),
    clock,
    log,
  };
  const remote = once(async () => {
    // Lets the request to the cluster out first: its answer is on the way while this loads.
    await nextTurn();
    const { createGitRemote } = await import("../git/remote.ts");
    return createGitRemote(settings);
  });
  return {
    url: gitUrl,
    branch,
    head: async () => (await remote()).head(),
    fetch: async (paths) => (await remote()).fetch(paths),
    push: async (base, change) => (await remote()).push(base, change),
    isDescendant: async (commit, ancestor) => (await remote()).isDescendant(commit, ancestor),
    fetchBranch: async (name, paths) => (await remote()).fetchBranch(name, paths),
    fork: async (base, name, change) => (await remote()).fork(base, name, change),
  };
}

/** Undefined: changes are pushed directly. */
export async function proposals(
  { session, clock, extraCa, timeoutMs }: Channel,
  source: Source,
  forks: GitForks,
): Promise<Proposals | undefined> {
  const { values, env, log } = session;
  if (values.push !== "pull-request") return undefined;
  const { createForge } = await import("../forge/forge.ts");
  const forge = createForge({
    gitUrl: source.gitUrl,
    target: source.branch,
    provider: values["git-provider"] ?? "auto",
    apiUrl: values["git-api-url"],
    authorization: {
      tokenFile: values["git-api-token-file"],
      credentials: (await accessFor(session, source)).credentials,
    },
    extraCa,
    env,
    timeoutMs,
    clock,
    log,
    random: Math.random,
  });
  return { forge, forks };
}

async function accessFor({ values, env }: Session, { gitUrl }: Source): Promise<GitAccess> {
  const { findAccess } = await import("../git/credentials/credentials.ts");
  return findAccess(gitUrl, {
    username: values["git-username"],
    password: values["git-password"],
    tokenFile: values["git-token-file"],
    scheme: values["git-auth"],
    folder: values["git-credentials-dir"],
    home: env["HOME"],
  });
}

async function signerOf(values: Values, clock: Clock): Promise<CommitSigner | undefined> {
  const key = values["signing-key"];
  if (key === undefined) return undefined;
  const { createSigner } = await import("../git/objects/signing.ts");
  return createSigner({
    key,
    passphrase: values["signing-passphrase"],
    passphraseFile: values["signing-passphrase-file"],
    clock,
  });
}
