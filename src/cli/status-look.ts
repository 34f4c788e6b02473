/** What `status` looks at: the cluster, the branch and the counters, each as far as it was asked for. */
import type { ServiceRef, World } from "../core/world.ts";
import type { Failure } from "../errors/failure.ts";
import type { GitSnapshot, QueryAnswer } from "../ports.ts";
import { describeStatus } from "../report/status.ts";
import {
  ask,
  askSamples,
  type ModelStatus,
  type StatusRequest,
  statusOf,
  type Told,
} from "../steps/status.ts";
import { countProblems } from "./asked.ts";
import { configurationFailure, need } from "./resolve.ts";
import type { Session } from "./session.ts";
import { connect, locationOf, serviceOf } from "./wiring.ts";

export interface StatusLook {
  readonly ports: ReturnType<typeof connect>;
  readonly requests: readonly StatusRequest[];
  /** The branch as it is now. */
  snapshot(): Promise<Told<GitSnapshot>>;
  /** The branch's head commit id. */
  head(): Promise<Told<string>>;
  /** The counters' samples of each model; of an unknown world those of its usual pods. */
  samples(worlds: readonly (World | undefined)[]): Promise<readonly Told<QueryAnswer>[]>;
  at(worlds: readonly World[], glance: Glance): Promise<readonly ModelStatus[]>;
}

/** What cannot be watched, at one moment. */
export interface Glance {
  readonly snapshot: Told<GitSnapshot>;
  /** In the order of the requests, like the worlds. */
  readonly samples: readonly Told<QueryAnswer>[];
}

export function requestsOf({ values }: Session): readonly StatusRequest[] {
  const problems = countProblems(values);
  if (problems.length > 0) throw configurationFailure(problems);
  return values.name.map((_, index): StatusRequest => {
    const service = serviceOf(values, index);
    const location = values["git-url"] === undefined ? undefined : locationOf(values, service, index);
    return { service, location, runtime: values.runtime };
  });
}

export function openLook(session: Session, requests: readonly StatusRequest[]): StatusLook {
  const { values } = session;
  const ports = connect(session);
  const gitUrl = values["git-url"];
  const paths = requests.flatMap(({ location }) => location?.path ?? []);

  async function fromGit<T>(
    question: (git: Awaited<ReturnType<typeof ports.git>>) => Promise<T>,
  ): Promise<Told<T>> {
    if (gitUrl === undefined) return { kind: "unasked" };
    return ask(async () => question(await ports.git({ gitUrl, branch: need(values.branch, "branch") })));
  }

  async function samples(request: StatusRequest, world: World): Promise<Told<QueryAnswer>> {
    if (values["prometheus-url"] === undefined) return { kind: "unasked" };
    const metrics = await ask(() => ports.metrics(request.service.namespace));
    return metrics.kind === "told"
      ? askSamples({ metrics: metrics.value, clock: ports.clock }, request, world)
      : metrics;
  }

  return {
    ports,
    requests,
    snapshot: () => fromGit((git) => git.fetch(paths)),
    head: () => fromGit((git) => git.head()),
    samples: (worlds) =>
      Promise.all(requests.map((request, index) => samples(request, worlds[index] ?? emptyWorld))),
    at: (worlds, glance) =>
      Promise.all(
        requests.map((request, index) =>
          statusOf(request, {
            world: worlds[index] ?? emptyWorld,
            snapshot: glance.snapshot,
            samples: glance.samples[index] ?? unasked,
          }),
        ),
      ),
  };
}

const emptyWorld: World = { revisions: [], pods: [] };

/** Nobody named where to ask. */
export const unasked = { kind: "unasked" } as const;

/** One block a model. */
export function blocksOf(statuses: readonly ModelStatus[]): readonly string[] {
  return statuses.flatMap(describeStatus);
}

/** For people, while the API does not answer. */
export function troubleLine(service: ServiceRef, failure: Failure): string {
  return `${service.namespace}/${service.name}: what follows may be old: ${failure.message}`;
}
