import type { ServiceRef, World } from "../core/world.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, Cluster, Log, Observation } from "../ports.ts";
import type { KubeAccess } from "./access.ts";
import { createBackoff } from "./backoff.ts";
import { isTrustProblem } from "./failures.ts";
import { type Follower, follow } from "./follow.ts";
import { type KubeHttp, openHttp } from "./http.ts";
import { createLatest, type Latest } from "./latest.ts";
import { readPod } from "./pod.ts";
import { isPredictors, readRevision, readService } from "./readings.ts";
import { openScope } from "./scope.ts";
import { collection, type Item, type Source } from "./source.ts";
import { createWhole } from "./whole.ts";

export interface ClusterOptions {
  readonly access: KubeAccess;
  readonly clock: Clock;
  readonly log: Log;
  /** Numbers in [0, 1), for jitter. */
  readonly random: () => number;
  /** Milliseconds for one answer; 10 000 by default. */
  readonly requestTimeoutMs?: number | undefined;
  /** Milliseconds without event or bookmark after which a watch is opened anew; 75 000: bookmarks come every minute. */
  readonly silenceMs?: number | undefined;
  /** Milliseconds between full lists; 30 000 by default. */
  readonly relistMs?: number | undefined;
}

/** Milliseconds within which `read` gives up. */
const readLimitMs = 20_000;
/** Milliseconds between lists of what may be listed but not watched. */
const pollMs = 2_000;

/** The `Cluster` of a Kubernetes API. Every call opens connections of its own and closes them at its end. */
export function createCluster(options: ClusterOptions): Cluster {
  return {
    read: (service) => withHttp(options, (http) => readWorld(options, http, service)),
    watch: (service, signal) => watchWorld(options, service, signal),
  };
}

/** Where the parts of the world come from. */
type Sources = Readonly<Record<keyof Parts, Source>>;

/** What there is of each kind. */
type Parts = Readonly<Record<"service" | "revisions" | "pods", readonly Item[]>>;

function pathsOf({ namespace, name }: ServiceRef) {
  const inNamespace = `namespaces/${encodeURIComponent(namespace)}`;
  return {
    service: `/apis/serving.kserve.io/v1beta1/${inNamespace}/inferenceservices`,
    revisions: `/apis/serving.knative.dev/v1/${inNamespace}/revisions`,
    pods: `/api/v1/${inNamespace}/pods`,
    label: { labelSelector: `serving.kserve.io/inferenceservice=${name}` },
  };
}

function sourcesOf(http: KubeHttp, service: ServiceRef): Sources {
  const { service: path, revisions, pods, label } = pathsOf(service);
  return {
    service: collection(http, path, { fieldSelector: `metadata.name=${service.name}` }),
    // Without Knative there are no revisions; what that means is told by the service's mode.
    revisions: collection(http, revisions, label, { absent: "empty" }),
    pods: collection(http, pods, label),
  };
}

async function withHttp<T>(options: ClusterOptions, work: (http: KubeHttp) => Promise<T>): Promise<T> {
  const { requestTimeoutMs = 10_000, silenceMs = 75_000 } = options;
  const http = await openHttp(options.access, { requestTimeoutMs, silenceMs }, options);
  try {
    return await work(http);
  } finally {
    http.close();
  }
}

async function readWorld(options: ClusterOptions, http: KubeHttp, service: ServiceRef): Promise<World> {
  // By the same requests as a watch begins with: a right that is missing is found out before anything is pushed.
  const sources = sourcesOf(http, service);
  const deadline = options.clock.now() + readLimitMs;
  const list = (source: Source) => listPatiently(options, source, deadline);
  const [found, revisions, pods] = await Promise.all([
    list(sources.service),
    list(sources.revisions),
    list(sources.pods),
  ]);
  return worldOf({ service: found, revisions, pods });
}

/** Lists, and again after an error that may pass, until `deadline`. */
async function listPatiently(
  options: ClusterOptions,
  source: Source,
  deadline: number,
): Promise<readonly Item[]> {
  const { clock, random, log, requestTimeoutMs = 10_000 } = options;
  const backoff = createBackoff(clock, random);
  while (true) {
    const leftMs = Math.max(deadline - clock.now(), 1);
    try {
      return (await source.list(undefined, Math.min(leftMs, requestTimeoutMs))).items;
    } catch (error) {
      const passing = error instanceof Failure && error.retryable && !isTrustProblem(error);
      if (!passing || clock.now() >= deadline) throw error;
      log.debug(`${error.evidence}; trying again`);
      await backoff.wait();
      if (clock.now() >= deadline) throw error;
    }
  }
}

async function* watchWorld(
  options: ClusterOptions,
  service: ServiceRef,
  outer: AbortSignal,
): AsyncGenerator<Observation<World>, void, void> {
  const { requestTimeoutMs = 10_000, silenceMs = 75_000 } = options;
  const http = await openHttp(options.access, { requestTimeoutMs, silenceMs }, options);
  const scope = openScope(outer);
  const latest = createLatest<Parts>();
  // Not at the reader's pace: who aborts may not read on.
  const followers = followAll(options, http, service, latest, scope.signal).finally(http.close);
  try {
    for await (const observation of latest) {
      yield observation.kind === "trouble"
        ? observation
        : { kind: "seen", value: worldOf(observation.value) };
    }
  } finally {
    scope.end();
    await followers;
  }
}

/** Follows all parts and tells `latest` of them as soon as each has been seen. Never rejects: errors go to `latest`. */
async function followAll(
  options: ClusterOptions,
  http: KubeHttp,
  service: ServiceRef,
  latest: Latest<Parts>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, random, relistMs = 30_000 } = options;
  const whole = createWhole(["service", "revisions", "pods"], latest);
  const sources = sourcesOf(http, service);
  let pokePods = (): void => undefined;

  function followerOf(part: keyof Parts): Follower {
    return {
      onItems(items) {
        if (part !== "pods") pokePods();
        whole.seen(part, items);
      },
      onTrouble: (failure) => whole.trouble(part, failure),
      onPause(poke) {
        if (part === "pods") pokePods = poke;
      },
    };
  }

  const scope = openScope(signal);
  const all = (Object.keys(sources) as (keyof Parts)[]).map((part) => {
    const settings = { relistMs, pollMs };
    const context = { http, clock, log, random };
    return follow(context, sources[part], settings, followerOf(part), scope.signal).catch(
      (error: unknown) => {
        latest.close(error);
        scope.end();
      },
    );
  });
  await Promise.all(all);
  latest.close();
}

function worldOf({ service, revisions, pods }: Parts): World {
  const [found] = service;
  return {
    ...(found === undefined ? {} : { service: readService(found) }),
    revisions: revisions.filter(isPredictors).map(readRevision),
    pods: pods.filter(isPredictors).map(readPod),
  };
}
