import { WATCHED_KINDS } from "./kinds.ts";
import type { ObjectKey, ObjectStore, Reconciler } from "./objects.ts";

/** One object that one controller is to look at, not before `dueMs` (milliseconds since the epoch). */
export interface WorkItem {
  readonly controller: string;
  readonly key: ObjectKey;
  readonly dueMs: number;
}

export interface WorkOptions {
  readonly store: ObjectStore;
  readonly controllers: readonly Reconciler[];
  readonly now: () => number;
  /** Milliseconds between a change and a controller's looking at it. */
  readonly latencyMs: (controller: string) => number;
  /** Called when `item` was added, or got due earlier. */
  readonly onChange?: (item: WorkItem) => void;
}

/** The controllers' queues: the driver runs what is due; a simulator picks the order itself. */
export interface Work {
  /** What is waiting, earliest first. */
  items(): readonly WorkItem[];
  /** Runs one reconcile now, due or not. Does nothing for what is not waiting (any more). */
  run(item: WorkItem): void;
  stop(): void;
}

export function createWork(options: WorkOptions): Work {
  const { store, now } = options;
  const controllers = new Map(options.controllers.map((controller) => [controller.name, controller]));
  const waiting = new Map<string, WorkItem>();

  function add(controller: string, key: ObjectKey, afterMs: number): void {
    const item = { controller, key, dueMs: now() + afterMs };
    const known = waiting.get(idOf(item));
    // As in a real work queue, changes that come while an object waits are seen by the one reconcile.
    if (known !== undefined && known.dueMs <= item.dueMs) return;
    waiting.set(idOf(item), item);
    options.onChange?.(item);
  }

  function look(object: Parameters<Reconciler["keysFor"]>[0]): void {
    for (const controller of controllers.values()) {
      for (const key of controller.keysFor(object, store)) {
        add(controller.name, key, options.latencyMs(controller.name));
      }
    }
  }

  const unsubscribe = store.subscribe((event) => look(event.object));
  for (const kind of WATCHED_KINDS) for (const object of store.list(kind)) look(object);

  return {
    items: () => [...waiting.values()].sort((a, b) => a.dueMs - b.dueMs),
    run(item) {
      const controller = controllers.get(item.controller);
      if (controller === undefined || !waiting.delete(idOf(item))) return;
      const { writes, againAfterMs } = controller.reconcile(item.key, store, now());
      for (const write of writes) {
        if (write.op === "put") store.put(write.object);
        else store.delete(write.key);
      }
      if (againAfterMs !== undefined) add(item.controller, item.key, againAfterMs);
    },
    stop() {
      unsubscribe();
      waiting.clear();
    },
  };
}

function idOf({ controller, key }: WorkItem): string {
  return `${controller} ${key.kind} ${key.namespace}/${key.name}`;
}
