import type { ApplicationReading } from "../core/application.ts";
import { Failure } from "../errors/failure.ts";
import type { KubeAccess } from "../kube/access.ts";
import { refusal, statusOf } from "../kube/failures.ts";
import { type FollowContext, type Follower, follow } from "../kube/follow.ts";
import { type KubeHttp, openHttp } from "../kube/http.ts";
import { createLatest, type Latest } from "../kube/latest.ts";
import { openScope } from "../kube/scope.ts";
import { collection, type Item, single } from "../kube/source.ts";
import type { Clock, GitOps, Log, Observation } from "../ports.ts";
import { readApplication } from "./application.ts";

export interface GitOpsOptions {
  /** The Argo CD Application. */
  readonly application: { readonly namespace: string; readonly name: string };
  readonly access: KubeAccess;
  readonly clock: Clock;
  readonly log: Log;
  /** Numbers in [0, 1), for jitter. */
  readonly random: () => number;
  /** Milliseconds for one answer; 10 000 by default. */
  readonly requestTimeoutMs?: number | undefined;
  /** Milliseconds without event or bookmark after which a watch is opened anew; 75 000 by default. */
  readonly silenceMs?: number | undefined;
  /** Milliseconds between full lists; 30 000 by default. */
  readonly relistMs?: number | undefined;
}

/** Milliseconds between readings where the Application may be read but not listed or watched. */
const pollMs = 3_000;

/** Argo CD's view of one Application. It is evidence only, so missing rights are reported in the log and no failure. */
export function createGitOps(options: GitOpsOptions): GitOps {
  return {
    place: options.application,
    refresh: () => refresh(options),
    watch: (signal) => watchApplication(options, signal),
  };
}

function open(options: GitOpsOptions): Promise<KubeHttp> {
  const { access, requestTimeoutMs = 10_000, silenceMs = 75_000 } = options;
  return openHttp(access, { requestTimeoutMs, silenceMs }, options);
}

function pathOf({ application: { namespace } }: GitOpsOptions): string {
  return `/apis/argoproj.io/v1alpha1/namespaces/${encodeURIComponent(namespace)}/applications`;
}

function named({ application: { namespace, name } }: GitOpsOptions): string {
  return `Argo CD Application ${namespace}/${name}`;
}

async function refresh(options: GitOpsOptions): Promise<"asked" | "refused"> {
  const { log, application } = options;
  const http = await open(options);
  try {
    const path = `${pathOf(options)}/${encodeURIComponent(application.name)}`;
    const patch = { metadata: { annotations: { "argocd.argoproj.io/refresh": "normal" } } };
    const answer = await http.mergePatch(path, patch);
    if (answer.status < 300) return "asked";
    const failure = refusal(answer, http.server, named(options));
    if (![401, 403, 404].includes(answer.status)) throw failure;
    // Without it Argo CD looks by itself, about every three minutes.
    log.warn(
      `${named(options)} was not asked to refresh (${failure.evidence}); its own polling takes minutes`,
    );
    return "refused";
  } finally {
    http.close();
  }
}

async function* watchApplication(
  options: GitOpsOptions,
  outer: AbortSignal,
): AsyncGenerator<Observation<ApplicationReading>, void, void> {
  const http = await open(options);
  const scope = openScope(outer);
  const latest = createLatest<Item>();
  const following = followApplication(options, http, latest, scope.signal)
    .then(
      () => latest.close(),
      (error: unknown) => endOrFail(options, latest, error),
    )
    .finally(http.close);
  try {
    for await (const seen of latest) {
      yield seen.kind === "trouble" ? seen : { kind: "seen", value: readApplication(seen.value) };
    }
  } finally {
    scope.end();
    await following;
  }
}

function endOrFail(options: GitOpsOptions, latest: Latest<Item>, error: unknown): void {
  const status = error instanceof Failure ? statusOf(error) : undefined;
  if (error instanceof Failure && (status === 403 || status === 404)) {
    options.log.warn(`${named(options)} cannot be read, so its state is not shown (${error.evidence})`);
    latest.close();
  } else latest.close(error);
}

/** Watches; polls where the right to list or watch is missing. Resolves on abort and where there is no Application. */
async function followApplication(
  options: GitOpsOptions,
  http: KubeHttp,
  latest: Latest<Item>,
  outer: AbortSignal,
): Promise<void> {
  const { clock, log, random, relistMs = 30_000, application } = options;
  const context: FollowContext = { http, clock, log, random };
  const scope = openScope(outer);
  const follower: Follower = {
    onItems([item]) {
      if (item !== undefined) return latest.seen(item);
      log.warn(`${named(options)} does not exist, so its state is not shown`);
      scope.end();
    },
    onTrouble: latest.trouble,
  };
  const selected = collection(http, pathOf(options), { fieldSelector: `metadata.name=${application.name}` });
  try {
    await follow(context, selected, { relistMs }, follower, scope.signal);
  } catch (error) {
    if (!(error instanceof Failure) || statusOf(error) !== 403) throw error;
    log.debug(`${named(options)}: ${error.evidence}; it is read every ${pollMs / 1000} s`);
    const one = single(http, `${pathOf(options)}/${encodeURIComponent(application.name)}`);
    await follow(context, one, { relistMs: pollMs, pollMs }, follower, scope.signal);
  } finally {
    scope.end();
  }
}
