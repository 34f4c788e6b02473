/** The sandbox's controllers as separate actors in virtual time: a seed says how long each takes to look at a change. */
import type { ObjectStore, Reconciler } from "../sandbox/cluster/objects.ts";
import { createWork } from "../sandbox/cluster/work.ts";
import type { Time } from "./time.ts";

export interface Actors {
  stop(): void;
}

/** `delayMs`: between a change and a controller's looking at it; a new number for every look. */
export function startActors(
  time: Time,
  store: ObjectStore,
  controllers: readonly Reconciler[],
  delayMs: (controller: string) => number,
): Actors {
  const work = createWork({
    store,
    controllers,
    now: time.now,
    latencyMs: delayMs,
    onChange: ({ dueMs }) => void time.after(dueMs - time.now(), runDue),
  });
  function runDue(): void {
    for (const item of work.items()) {
      if (item.dueMs > time.now()) return;
      work.run(item);
    }
  }
  for (const { dueMs } of work.items()) time.after(dueMs - time.now(), runDue);
  return { stop: work.stop };
}
