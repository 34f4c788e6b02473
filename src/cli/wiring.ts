/** From option values to requests, limits and adapters. Adapters are loaded only when a step needs them: start-up counts. */

import { randomUUID } from "node:crypto";
import { access } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ConfigLocation } from "../core/intent.ts";
import type { GitCredentials } from "../git/credentials.ts";
import type { CommitSigner } from "../git/signing.ts";
import { collectCertificates, openshiftFiles } from "../net/trust.ts";
import type { Clock, Cluster, GitForks, GitOps, GitPerson, GitRemote, Metrics } from "../ports.ts";
import type { AwaitLimits } from "../steps/await.ts";
import type { MutateRequest } from "../steps/mutate.ts";
import type { Proposals } from "../steps/propose.ts";
import type { VerifyLimits } from "../steps/verify.ts";
import type { Asked } from "./asked.ts";
import { systemClock } from "./clock.ts";
import type { Values } from "./options.ts";
import { configurationFailure, label, need } from "./resolve.ts";
import type { Session } from "./session.ts";

/** Where the run's repository is. */
export interface Source {
  readonly gitUrl: string;
  readonly branch: string;
}

export interface Connections {
  readonly clock: Clock;
  cluster(): Promise<Cluster>;
  git(source: Source): Promise<GitRemote & GitForks>;
  /** Undefined: changes are pushed directly. */
  proposals(source: Source): Promise<Proposals | undefined>;
  /** Undefined: no Application was named. */
  gitops(): Promise<GitOps | undefined>;
  metrics(namespace: string): Promise<Metrics>;
}

/** How long one HTTP request may take, in milliseconds. */
const requestTimeoutMs = 30_000;

export function mutateRequest(values: Values, { intent, guard }: Asked): MutateRequest & Source {
  const namespace = need(values.namespace, "namespace");
  const name = need(values.name, "name");
  return {
    run: runOf(values) ?? randomUUID(),
    service: { namespace, name },
    intent,
    guard,
    location: locationOf(values, namespace, name),
    subject: values["commit-subject"],
    message: values["commit-message"],
    ...signatures(values),
    pushTimeoutMs: need(values["push-timeout"], "push-timeout"),
    mergeTimeoutMs: values["merge-timeout"],
    gitUrl: need(values["git-url"], "git-url"),
    branch: need(values.branch, "branch"),
  };
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

/** The identity that the user or the Task gave to the run; a retry in a fresh pod has the same. */
export function runOf(values: Values): string | undefined {
  return values["run-id"] ?? values["taskrun-uid"];
}

function locationOf(values: Values, namespace: string, name: string): ConfigLocation {
  return {
    path:
      values["config-path"] ??
      `model-deployments/${values.environment ?? environmentOf(namespace)}/${name}/config.yaml`,
    percentPath: need(values["percent-path"], "percent-path"),
    versionPath: need(values["version-path"], "version-path"),
  };
}

/** The course names its namespaces `<user>-<environment>`, e.g. user1-test and user1-prod. */
function environmentOf(namespace: string): string {
  const environment = /-([^-]+)$/.exec(namespace)?.[1];
  if (environment !== undefined) return environment;
  throw configurationFailure([
    `${label("config-path")} or ${label("environment")} is required: namespace ${namespace} does not end in -<environment>`,
  ]);
}

export function awaitLimits(values: Values): AwaitLimits {
  return {
    timeoutMs: need(values.timeout, "timeout"),
    syncTimeoutMs: need(values["sync-timeout"], "sync-timeout"),
    syncGraceMs: need(values["sync-grace"], "sync-grace"),
    branchIntervalMs: need(values["branch-interval"], "branch-interval"),
  };
}

export function verifyLimits(values: Values): VerifyLimits {
  return {
    timeoutMs: need(values["verify-timeout"], "verify-timeout"),
    intervalMs: need(values["verify-interval"], "verify-interval"),
    settleSeconds: need(values["settle-time"], "settle-time") / 1000,
    maxErrors: need(values["max-errors"], "max-errors"),
  };
}
/** The adapters for a session; each is made, and its code loaded, when a step asks for it. */
export function connect(session: Session): Connections {
  const { values, env, log } = session;
  const clock = systemClock();
  const kube = once(async () => {
    const { loadKubeAccess } = await import("../kube/access.ts");
    return loadKubeAccess({ kubeconfig: values.kubeconfig, context: values.context, env });
  });
  const certificates = once(() =>
    collectCertificates(
      { implicit: implicitFiles(env), files: values["ca-file"], folder: values["ca-dir"] },
      log,
    ),
  );
  // One remote a repository: what it fetched for one user of it serves the others.
  const remotes = new Map<string, () => Promise<GitRemote & GitForks>>();
  const git = (source: Source) => {
    const key = JSON.stringify([source.gitUrl, source.branch]);
    const make = once(async () => gitRemote(session, clock, source, await certificates()));
    const remote = remotes.get(key) ?? make;
    remotes.set(key, remote);
    return remote();
  };
  return {
    clock,
    async cluster() {
      const { createCluster } = await import("../kube/cluster.ts");
      return createCluster({ access: await kube(), clock, log, random: Math.random });
    },
    git,
    async proposals(source) {
      if (values.push !== "pull-request") return undefined;
      const { createForge } = await import("../forge/forge.ts");
      const forge = createForge({
        gitUrl: source.gitUrl,
        target: source.branch,
        provider: values["git-provider"] ?? "auto",
        apiUrl: values["git-api-url"],
        authorization: {
          tokenFile: values["git-api-token-file"],
          credentials: await credentialsFor(session, source),
        },
        extraCa: await certificates(),
        env,
        timeoutMs: requestTimeoutMs,
        clock,
        log,
        random: Math.random,
      });
      return { forge, forks: await git(source) };
    },
    async gitops() {
      const application = values["argocd-application"];
      if (application === undefined) return undefined;
      const { createGitOps } = await import("../argocd/gitops.ts");
      return createGitOps({ application, access: await kube(), clock, log, random: Math.random });
    },
    async metrics(namespace) {
      const { createMetrics } = await import("../prometheus/metrics.ts");
      return createMetrics({
        url: need(values["prometheus-url"], "prometheus-url"),
        extraCa: await certificates(),
        env,
        credentials: await prometheusCredentials(values),
        tenancyNamespace: namespace,
        timeoutMs: requestTimeoutMs,
        clock,
        log,
      });
    },
  };
}

async function credentialsFor(
  { values, env }: Session,
  { gitUrl }: Source,
): Promise<GitCredentials | undefined> {
  const { findCredentials } = await import("../git/credentials.ts");
  return findCredentials(gitUrl, {
    username: values["git-username"],
    password: values["git-password"],
    folder: values["git-credentials-dir"],
    home: env["HOME"],
  });
}

/** Reads credentials and certificates now, so that what is wrong with them is told now; loads the rest when asked. */
async function gitRemote(
  session: Session,
  clock: Clock,
  source: Source,
  extraCa: readonly string[],
): Promise<GitRemote & GitForks> {
  const { values, env, log } = session;
  const { gitUrl, branch } = source;
  const settings = {
    url: gitUrl,
    branch,
    credentials: await credentialsFor(session, source),
    extraCa,
    env,
    timeoutMs: requestTimeoutMs,
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

async function signerOf(values: Values, clock: Clock): Promise<CommitSigner | undefined> {
  const key = values["signing-key"];
  if (key === undefined) return undefined;
  const { createSigner } = await import("../git/signing.ts");
  return createSigner({
    key,
    passphrase: values["signing-passphrase"],
    passphraseFile: values["signing-passphrase-file"],
    clock,
  });
}

const serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** The ServiceAccount's token is offered over TLS only: over plain HTTP anybody on the way could take it. */
async function prometheusCredentials(values: Values): Promise<{ tokenFile: string } | undefined> {
  const given = values["prometheus-token-file"];
  if (given !== undefined) return { tokenFile: given };
  if (!values["prometheus-url"]?.startsWith("https:")) return undefined;
  const present = await access(serviceAccountToken).then(
    () => true,
    () => false,
  );
  return present ? { tokenFile: serviceAccountToken } : undefined;
}

/** Node 20 leaves NODE_EXTRA_CA_CERTS out as soon as certificates are named. */
function implicitFiles(env: Session["env"]): readonly string[] {
  const extra = env["NODE_EXTRA_CA_CERTS"];
  return extra === undefined || extra === "" ? openshiftFiles : [...openshiftFiles, extra];
}

/** Makes something at the first call and gives the same back from then on. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
