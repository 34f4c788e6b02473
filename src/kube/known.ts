import type { WatchEvent } from "./events.ts";
import type { Item } from "./source.ts";

/** The objects of a followed collection, and the sense of whether they changed. */
export interface Known {
  /** Whether there has been a list at all. */
  readonly seen: boolean;
  /** Takes over a full list. */
  replace(items: readonly Item[]): void;
  apply(event: WatchEvent): void;
  /** Makes the next list be told even if it is the same: then the trouble is over. */
  troubled(): void;
}

export function createKnown(tell: (items: readonly Item[]) => void): Known {
  let items: ReadonlyMap<string, Item> = new Map();
  let seen = false;
  let stale = true;

  function take(latest: ReadonlyMap<string, Item>): void {
    const same = !stale && fingerprint(latest) === fingerprint(items);
    items = latest;
    seen = true;
    stale = false;
    if (!same) tell([...latest.values()]);
  }

  return {
    get seen() {
      return seen;
    },
    replace: (list) => take(new Map(list.map((each) => [nameOf(each), each]))),
    apply(event) {
      if (event.kind !== "changed" && event.kind !== "gone") return;
      const next = new Map(items);
      if (event.kind === "changed") next.set(nameOf(event.item), event.item);
      else next.delete(nameOf(event.item));
      take(next);
    },
    troubled() {
      stale = true;
    },
  };
}

function nameOf({ metadata }: Item): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Same names at the same versions are the same objects. */
function fingerprint(items: ReadonlyMap<string, Item>): string {
  return [...items]
    .map(([name, { metadata }]) => `${name}@${metadata.resourceVersion ?? ""}`)
    .sort()
    .join(" ");
}
