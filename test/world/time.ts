/** One virtual clock for everything in a simulated world: whoever is next in time runs next. */

/** Prevents what was scheduled. */
export type Cancel = () => void;

export interface Time {
  /** Milliseconds since the epoch. */
  now(): number;
  after(ms: number, act: () => void): Cancel;
  /** Something under test was woken: it runs on until all of it waits again, before time passes. */
  stir(): void;
  /** Lets time pass until `done()`; false when `until` (milliseconds since the epoch) comes first. */
  run(done: () => boolean, until: number): Promise<boolean>;
  /** Forgets all that is still to come. */
  stop(): void;
}

interface Entry {
  readonly at: number;
  readonly serial: number;
  act: (() => void) | undefined;
}

export function createTime(start: number): Time {
  let now = start;
  let serial = 0;
  let stirred = false;
  const queue = createQueue();

  async function settle(): Promise<void> {
    if (!stirred) return;
    stirred = false;
    // In memory nothing takes more than microtasks, so an immediate comes after all of them.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    now: () => now,
    after(ms, act) {
      serial += 1;
      const entry: Entry = { at: now + Math.max(0, ms), serial, act };
      queue.push(entry);
      return () => {
        entry.act = undefined;
      };
    },
    stir() {
      stirred = true;
    },
    async run(done, until) {
      await settle();
      while (!done()) {
        const next = queue.pop(until);
        if (next === undefined) {
          now = Math.max(now, until);
          return false;
        }
        now = Math.max(now, next.at);
        next.act?.();
        await settle();
      }
      return true;
    },
    stop: queue.clear,
  };
}

/** A binary heap: the earliest first, of several at once the one that came first. */
function createQueue() {
  let heap: Entry[] = [];
  const before = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.serial < b.serial);
  const at = (index: number) => heap[index] as Entry;

  function swap(a: number, b: number): void {
    [heap[a], heap[b]] = [at(b), at(a)];
  }
  function earlier(a: number, b: number): number {
    return b < heap.length && before(at(b), at(a)) ? b : a;
  }
  function sink(): void {
    for (let index = 0; ; ) {
      const first = earlier(earlier(index, 2 * index + 1), 2 * index + 2);
      if (first === index) return;
      swap(index, first);
      index = first;
    }
  }
  return {
    clear() {
      heap = [];
    },
    push(entry: Entry): void {
      heap.push(entry);
      for (let index = heap.length - 1; index > 0; ) {
        const parent = (index - 1) >> 1;
        if (!before(at(index), at(parent))) return;
        swap(index, parent);
        index = parent;
      }
    },
    /** The earliest that is not after `until`. */
    pop(until: number): Entry | undefined {
      const [first] = heap;
      if (first === undefined || first.at > until) return undefined;
      const last = heap.pop() as Entry;
      if (heap.length > 0) {
        heap[0] = last;
        sink();
      }
      return first;
    },
  };
}
