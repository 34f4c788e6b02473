/** From option values to requests, limits and adapters. Adapters are loaded only when a step needs them: start-up counts. */

import { randomUUID } from "node:crypto";
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Action, ConfigLocation } from "../core/intent.ts";
import type { ServiceRef } from "../core/world.ts";
import { collectCertificates, openshiftFiles } from "../net/trust.ts";
import { once } from "../once.ts";
import type { Clock, Cluster, GitForks, GitOps, GitRemote, Happenings, Metrics } from "../ports.ts";
import type { Credentials } from "../prometheus/credentials.ts";
import type { HeaderSource } from "../prometheus/headers.ts";
import type { AwaitLimits } from "../steps/await.ts";
import type { Proposals } from "../steps/mutate/propose.ts";
import type { ModelRequest, MutateRequest } from "../steps/mutate/request.ts";
import type { ProbeSource } from "../steps/verify/probing.ts";
import { type Asked, ofModel } from "./asked.ts";
import { systemClock } from "./clock.ts";
import type { Values } from "./options.ts";
import { probeSettings } from "./probe.ts";
import { gitRemote, proposals, type Source, signatures } from "./publishing.ts";
import { configurationFailure, label, need } from "./resolve.ts";
import type { Session } from "./session.ts";

export interface Connections {
  readonly clock: Clock;
  cluster(): Promise<Cluster>;
  happenings(): Promise<Happenings>;
  git(source: Source): Promise<GitRemote & GitForks>;
  /** Undefined: changes are pushed directly. */
  proposals(source: Source): Promise<Proposals | undefined>;
  /** For one of the run's models, by its place. Undefined: no Application was named. */
  gitops(index: number): Promise<GitOps | undefined>;
  /** `timeoutMs`: for one request, in milliseconds. */
  metrics(namespace: string, timeoutMs?: number): Promise<Metrics>;
  /** For one `verify` of this action. Undefined: no probe requests are to be sent. */
  probe(action: Action): Promise<ProbeSource | undefined>;
}

/** How long one HTTP request may take, in milliseconds. */
const requestTimeoutMs = 30_000;

export function mutateRequest(values: Values, asked: Asked): MutateRequest & Source {
  const [first, ...also] = [asked, ...(asked.also ?? [])].map((each, index) =>
    modelRequest(values, each, index),
  ) as [ModelRequest, ...ModelRequest[]];
  return {
    run: runOf(values) ?? randomUUID(),
    isNew: runOf(values) === undefined,
    ...first,
    ...(also.length === 0 ? {} : { also }),
    subject: values["commit-subject"],
    message: values["commit-message"],
    ...signatures(values),
    pushTimeoutMs: need(values["push-timeout"], "push-timeout"),
    mergeTimeoutMs: values["merge-timeout"],
    gitUrl: need(values["git-url"], "git-url"),
    branch: need(values.branch, "branch"),
  };
}

/** The identity that the user or the Task gave to the run; a retry in a fresh pod has the same. */
export function runOf(values: Values): string | undefined {
  return values["run-id"] ?? values["taskrun-uid"];
}

function modelRequest(values: Values, { intent, guard }: Asked, index: number): ModelRequest {
  const service = serviceOf(values, index);
  return { service, intent, guard, location: locationOf(values, service, index) };
}

/** One of the models that were named, by its place. */
export function serviceOf(values: Values, index: number): ServiceRef {
  return { namespace: need(values.namespace, "namespace"), name: need(values.name[index], "name") };
}

/** Its file, and the places in it. Throws Failure INVALID_OPTION where the path cannot be told. */
export function locationOf(values: Values, { namespace, name }: ServiceRef, index: number): ConfigLocation {
  return {
    path:
      values["config-path"][index] ??
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
  const progress = values["progress-timeout"];
  return {
    timeoutMs: need(values.timeout, "timeout"),
    progressTimeoutMs: progress === "off" ? undefined : progress,
    syncTimeoutMs: need(values["sync-timeout"], "sync-timeout"),
    syncGraceMs: need(values["sync-grace"], "sync-grace"),
    branchIntervalMs: need(values["branch-interval"], "branch-interval"),
  };
}

/** The adapters for a session; each is made, and its code loaded, when a step asks for it. */
export function connect(session: Session): Connections {
  const { values, env, log } = session;
  const clock = systemClock(session.kept.state?.clock);
  const kube = once(async () => {
    const { loadKubeAccess } = await import("../kube/load-access.ts");
    return loadKubeAccess({ kubeconfig: values.kubeconfig, context: values.context, env });
  });
  const certificates = once(() =>
    collectCertificates(
      { implicit: implicitFiles(env), files: values["ca-file"], folder: values["ca-dir"] },
      log,
    ),
  );
  const channel = async () => {
    return { session, clock, extraCa: await certificates(), timeoutMs: requestTimeoutMs };
  };
  // One remote a repository: what it fetched for one user of it serves the others.
  const remotes = new Map<string, () => Promise<GitRemote & GitForks>>();
  const git = (source: Source) => {
    const key = JSON.stringify([source.gitUrl, source.branch]);
    const remote = remotes.get(key) ?? once(async () => gitRemote(await channel(), source));
    remotes.set(key, remote);
    return remote();
  };
  return {
    clock,
    async cluster() {
      const { createCluster } = await import("../kube/cluster.ts");
      return createCluster({ access: await kube(), clock, log, random: Math.random });
    },
    happenings: async () =>
      (await import("../kube/happenings.ts")).createHappenings({ access: await kube(), clock, log }),
    git,
    proposals: async (source) => proposals(await channel(), source, await git(source)),
    async gitops(index) {
      const application = ofModel(values["argocd-application"], index);
      if (application === undefined) return undefined;
      const { createGitOps } = await import("../argocd/gitops.ts");
      return createGitOps({ application, access: await kube(), clock, log, random: Math.random });
    },
    async metrics(namespace, timeoutMs = requestTimeoutMs) {
      const { createMetrics } = await import("../prometheus/metrics.ts");
      return createMetrics({
        url: need(values["prometheus-url"], "prometheus-url"),
        extraCa: await certificates(),
        env,
        credentials: await prometheusCredentials(values),
        headers: await headersOf(values),
        tenancyNamespace: namespace,
        timeoutMs,
        clock,
        log,
      });
    },
    async probe(action) {
      const settings = await probeSettings(values, action);
      if (settings === undefined) return undefined;
      const [{ createProbeClient }, { createProbeSource }] = await Promise.all([
        import("../probe/client.ts"),
        import("../steps/verify/probing.ts"),
      ]);
      const client = createProbeClient({
        extraCa: await certificates(),
        env,
        tokenFile: values["probe-token-file"],
        timeoutMs: requestTimeoutMs,
        trace: { clock, log },
      });
      return createProbeSource({ client, clock, log }, settings);
    },
  };
}

const serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** What a later step reads is looked at before the commit. Throws Failure METRICS_AUTH, INVALID_OPTION. */
export async function checkMetricsAccess(values: Values): Promise<void> {
  const [{ readAuthorization }, { readHeaders }] = await Promise.all([
    import("../prometheus/credentials.ts"),
    import("../prometheus/headers.ts"),
  ]);
  await readAuthorization(await prometheusCredentials(values));
  await readHeaders(await headersOf(values));
}

async function headersOf(values: Values): Promise<HeaderSource | undefined> {
  const folder = values["prometheus-auth-dir"];
  const file = folder === undefined ? undefined : join(folder, "headers");
  return file !== undefined && (await isThere(file)) ? { file } : undefined;
}

/** The ServiceAccount's token is offered over TLS only: over plain HTTP anybody on the way could take it. */
async function prometheusCredentials(values: Values): Promise<Credentials | undefined> {
  const folder = values["prometheus-auth-dir"];
  if (folder !== undefined) return credentialsIn(folder);
  const given = values["prometheus-token-file"];
  if (given !== undefined) return { tokenFile: given };
  if (!values["prometheus-url"]?.startsWith("https:")) return undefined;
  return (await isThere(serviceAccountToken)) ? { tokenFile: serviceAccountToken } : undefined;
}

/** The keys of a Secret: `token`, or those of the type kubernetes.io/basic-auth. */
async function credentialsIn(folder: string): Promise<Credentials | undefined> {
  const [tokenFile, usernameFile, passwordFile] = ["token", "username", "password"].map((key) =>
    join(folder, key),
  ) as [string, string, string];
  if (await isThere(tokenFile)) return { tokenFile };
  if ((await isThere(usernameFile)) && (await isThere(passwordFile))) return { usernameFile, passwordFile };
  if (await isThere(join(folder, "headers"))) return undefined;
  throw configurationFailure([
    `${label("prometheus-auth-dir")}: ${folder} holds neither the file token, nor username and password, nor headers`,
  ]);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Node 20 leaves NODE_EXTRA_CA_CERTS out as soon as certificates are named. */
function implicitFiles(env: Session["env"]): readonly string[] {
  const extra = env["NODE_EXTRA_CA_CERTS"];
  return extra === undefined || extra === "" ? openshiftFiles : [...openshiftFiles, extra];
}
