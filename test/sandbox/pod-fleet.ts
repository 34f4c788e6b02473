/** A real HTTP server for every pod of the cluster's state, from its first ready moment until it is gone. */
import { isReady } from "./cluster/conditions.ts";
import { LABEL_INFERENCE_SERVICE, LABEL_REVISION, labelOf, POD } from "./cluster/kinds.ts";
import type { KubeObject, ObjectStore } from "./cluster/objects.ts";
import { type PodServer, startPod } from "./metrics/pod-server.ts";

export interface RunningPod {
  readonly namespace: string;
  readonly pod: string;
  readonly revision: string;
  readonly server: PodServer;
}

export interface PodFleet {
  readonly running: readonly RunningPod[];
  find(namespace: string, pod: string): RunningPod | undefined;
  stop(): Promise<void>;
}

export function startPodFleet(store: ObjectStore): PodFleet {
  const running = new Map<string, RunningPod>();
  let work: Promise<unknown> = Promise.resolve();

  async function follow(object: KubeObject, gone: boolean): Promise<void> {
    const { namespace, name } = object.metadata;
    const key = `${namespace}/${name}`;
    const present = running.get(key);
    if (gone) {
      running.delete(key);
      await present?.server.stop();
      return;
    }
    if (present !== undefined || !isReady(object)) return;
    const revision = labelOf(object, LABEL_REVISION) ?? "";
    const model = labelOf(object, LABEL_INFERENCE_SERVICE) ?? "";
    const server = await startPod({ namespace, pod: name, revision, model });
    running.set(key, { namespace, pod: name, revision, server });
  }
  function queue(object: KubeObject, gone: boolean): void {
    if (object.kind === POD) work = work.then(() => follow(object, gone));
  }

  const unsubscribe = store.subscribe(({ type, object }) => queue(object, type === "DELETED"));
  for (const pod of store.list(POD)) queue(pod, false);
  return {
    get running() {
      return [...running.values()];
    },
    find: (namespace, pod) => running.get(`${namespace}/${pod}`),
    async stop() {
      unsubscribe();
      await work;
      await Promise.all([...running.values()].map(({ server }) => server.stop()));
    },
  };
}
