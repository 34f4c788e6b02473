/** The ports of the Kubernetes API and of Argo CD over the simulated objects. */

import { readApplication } from "../../src/argocd/application.ts";
import type { ServiceRef, World } from "../../src/core/world.ts";
import { Failure } from "../../src/errors/failure.ts";
import { readPod } from "../../src/kube/pod.ts";
import { readRevision, readService } from "../../src/kube/readings.ts";
import type { Cluster, GitOps } from "../../src/ports.ts";
import { REFRESH } from "../sandbox/cluster/argocd.ts";
import {
  APPLICATION,
  INFERENCE_SERVICE,
  LABEL_INFERENCE_SERVICE,
  labelOf,
  POD,
  REVISION,
} from "../sandbox/cluster/kinds.ts";
import type { KubeObject, ObjectStore } from "../sandbox/cluster/objects.ts";
import { application, isOthers, type Model, models, namespace } from "./course.ts";
import { type Followed, follow, type Items, type Part } from "./follower.ts";
import { type Process, secret } from "./process.ts";

/** As long as the adapter tries to read. */
const readLimitMs = 20_000;

export function clusterPort(world: Followed, process: Process): Cluster {
  async function list({ list }: Part): Promise<Items> {
    const giveUpAt = world.time.now() + readLimitMs;
    for (;;) {
      const items = await process.call(() => (world.faults.active("api-down") ? undefined : list()));
      if (items !== undefined) return items;
      process.feel("api-down");
      if (world.time.now() >= giveUpAt) throw unreachable();
      await process.pause(process.random.between(500, 4_000));
    }
  }
  return {
    read: async (ref) => worldOf(await Promise.all(partsOf(world.store, named(ref)).map(list))),
    watch: (ref, signal) => follow(world, process, partsOf(world.store, named(ref)), worldOf, signal),
  };
}

/** `mayRefresh`: whether the right to patch the Application is there. */
export function gitopsPort(world: Followed, process: Process, ref: ServiceRef, mayRefresh: boolean): GitOps {
  const { store, faults } = world;
  const { name } = application(named(ref)).metadata;
  const has = ({ metadata }: KubeObject) => metadata.name === name;
  const list = () => store.list(APPLICATION).filter(has);
  return {
    async refresh() {
      return process.call(() => {
        if (!mayRefresh) return "refused";
        const [found] = list();
        if (found === undefined || faults.active("api-down")) return "asked";
        const annotations = { ...found.metadata.annotations, [REFRESH]: "normal" };
        store.put({ ...found, metadata: { ...found.metadata, annotations } });
        return "asked";
      });
    },
    watch: (signal) =>
      follow(world, process, [{ kind: APPLICATION, list, has }], ([items]) => readingOf(items?.[0]), signal),
  };
}

function unreachable(): Failure {
  return new Failure("CLUSTER_UNREACHABLE", "the API server does not answer", { cause: new Error(secret) });
}

function named({ name }: ServiceRef): Model {
  return models.find((model) => model.name === name) as Model;
}

function partsOf(store: ObjectStore, model: Model): readonly [Part, Part, Part] {
  const mine = (kind: string) => () =>
    store.list(kind, namespace).filter((object) => labelOf(object, LABEL_INFERENCE_SERVICE) === model.name);
  const has = (object: KubeObject) => !isOthers(object, model);
  const service = () => {
    const found = store.get({ kind: INFERENCE_SERVICE, namespace, name: model.name });
    return found === undefined ? [] : [found];
  };
  return [
    { kind: INFERENCE_SERVICE, list: service, has: ({ metadata }) => metadata.name === model.name },
    { kind: REVISION, list: mine(REVISION), has },
    { kind: POD, list: mine(POD), has },
  ];
}

function worldOf(items: readonly Items[]): World {
  const [[found] = [], revisions = [], pods = []] = items;
  return {
    ...(found === undefined ? {} : { service: readOnce(readService)(found) }),
    revisions: revisions.map(readOnce(readRevision)),
    pods: pods.map(readOnce(readPod)),
  };
}

const memories = new WeakMap<object, WeakMap<KubeObject, unknown>>();

/** Objects of the store never change, so that each needs to be parsed once. */
function readOnce<T>(read: (raw: unknown) => T): (object: KubeObject) => T {
  const memory = memories.get(read) ?? new WeakMap<KubeObject, unknown>();
  memories.set(read, memory);
  return (object) => {
    const found = (memory.get(object) as T | undefined) ?? read(object);
    memory.set(object, found);
    return found;
  };
}

function readingOf(object: KubeObject | undefined) {
  return object === undefined ? readApplication({}) : readOnce(readApplication)(object);
}
