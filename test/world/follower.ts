/**
 * A watch as the program's own follower keeps it: lists, then events, each a little late; lists again every half minute,
 * after 410 and after an outage. Parts of a world arrive each for itself. Only the newest is kept for a slow reader.
 */
import { Failure } from "../../src/errors/failure.ts";
import type { Observation } from "../../src/ports.ts";
import { groupKindOf, type KubeObject, type ObjectStore } from "../sandbox/cluster/objects.ts";
import type { Faults } from "./faults.ts";
import { type Process, secret } from "./process.ts";
import type { Time } from "./time.ts";

export interface Followed {
  readonly time: Time;
  readonly store: ObjectStore;
  readonly faults: Faults;
}

export type Items = readonly KubeObject[];

export interface Part {
  readonly kind: string;
  readonly list: () => Items;
  /** Whether an object of the kind is among them. */
  readonly has: (object: KubeObject) => boolean;
}

const relistMs = 30_000;

export async function* follow<T>(
  world: Followed,
  process: Process,
  parts: readonly Part[],
  read: (items: readonly Items[]) => T,
  signal: AbortSignal,
): AsyncGenerator<Observation<T>> {
  const inbox = createInbox(world, process, parts);
  process.onEnd(inbox.close);
  const end = () => inbox.wake();
  signal.addEventListener("abort", end, { once: true });
  try {
    while (!signal.aborted) {
      const next = inbox.take();
      if (next === undefined) await inbox.wait();
      else if (next instanceof Failure) yield { kind: "trouble", failure: next };
      else yield { kind: "seen", value: read(next) };
    }
  } finally {
    signal.removeEventListener("abort", end);
    inbox.close();
  }
}

function createInbox({ time, store, faults }: Followed, process: Process, parts: readonly Part[]) {
  const { random } = process;
  const known: (Items | undefined)[] = parts.map(() => undefined);
  const busyUntil = parts.map(() => 0);
  const closers: (() => void)[] = [];
  let pending: readonly Items[] | Failure | undefined;
  let wake = () => {};
  let open = true;

  function put(next: readonly Items[] | Failure): void {
    pending = next;
    wake();
  }
  /** One part's items arrive in the order in which they were so. */
  function deliver(index: number, lateMs: number): void {
    const items = (parts[index] as Part).list();
    const at = Math.max(busyUntil[index] ?? 0, time.now() + lateMs);
    busyUntil[index] = at;
    time.after(at - time.now(), () => {
      if (!open || faults.active("api-down")) return;
      known[index] = items;
      if (known.every((each) => each !== undefined)) put([...(known as Items[])]);
    });
  }
  function list(index: number): void {
    if (faults.active("api-down")) {
      process.feel("api-down");
      const cause = new Error(`Authorization: Bearer ${secret}`);
      put(new Failure("CLUSTER_UNREACHABLE", "the API server does not answer", { cause }));
    } else deliver(index, random.between(5, 120));
  }
  function listAgainAndAgain(index: number): void {
    if (!open) return;
    list(index);
    time.after(relistMs * random.between(0.9, 1.1), () => listAgainAndAgain(index));
  }
  function listAll(afterMs: number): void {
    for (const index of parts.keys()) {
      time.after(afterMs * random.between(0.5, 1.5), () => {
        if (open) list(index);
      });
    }
  }
  closers.push(
    store.subscribe(({ object }) => {
      const index = parts.findIndex(({ kind, has }) => kind === groupKindOf(object) && has(object));
      if (index < 0) return;
      if (faults.active("api-down")) return;
      if (faults.active("watch-silent")) return process.feel("watch-silent");
      if (faults.active("stale-cache")) process.feel("stale-cache");
      const lateMs = faults.active("stale-cache") ? random.between(1_000, 20_000) : random.between(1, 150);
      deliver(index, lateMs);
    }),
    faults.subscribe((kind, begins) => {
      if (kind === "api-down") listAll(begins ? 100 : 2_000);
      if (kind !== "watch-gone" || !begins) return;
      process.feel("watch-gone");
      listAll(50);
    }),
  );
  for (const index of parts.keys()) listAgainAndAgain(index);
  return {
    take() {
      const next = pending;
      pending = undefined;
      return next;
    },
    wait: () =>
      new Promise<void>((resolve) => {
        wake = () => {
          if (!process.alive) return;
          time.stir();
          resolve();
        };
      }),
    wake: () => wake(),
    close() {
      open = false;
      for (const close of closers.splice(0)) close();
    },
  };
}
