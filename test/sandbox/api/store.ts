import {
  type GroupKind,
  groupKindOf,
  type Json,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ObjectStore,
  type StoreEvent,
} from "../cluster/objects.ts";

/** A `put` was based on an object that has changed since (409 in the API). */
export class Conflict extends Error {
  readonly key: ObjectKey;

  constructor(key: ObjectKey) {
    super(`${key.kind} ${key.namespace}/${key.name} has been modified`);
    this.name = "Conflict";
    this.key = key;
  }
}

export interface StoreOptions {
  /** Milliseconds since the epoch; for creationTimestamp. */
  readonly now?: () => number;
  /** How many events `since()` can give back before a watch has to start again. */
  readonly keptEvents?: number;
}

/** An empty object store. Everything it gives out is deeply frozen: who changes an object puts a new one. */
export function createStore(options: StoreOptions = {}): ObjectStore {
  const now = options.now ?? Date.now;
  const keptEvents = options.keptEvents ?? 1000;
  const kinds = new Map<GroupKind, Map<string, KubeObject>>();
  const listeners = new Set<(event: StoreEvent) => void>();
  const history: { readonly version: number; readonly event: StoreEvent }[] = [];
  let version = 1;
  let forgottenUpTo = 0;
  let created = 0;

  function record(event: StoreEvent): void {
    history.push({ version, event });
    if (history.length > keptEvents) forgottenUpTo = history.shift()?.version ?? forgottenUpTo;
    for (const listener of [...listeners]) listener(event);
  }

  function write(object: KubeObject, current: KubeObject | undefined): KubeObject {
    const kind = groupKindOf(object);
    const objects = kinds.get(kind) ?? new Map<string, KubeObject>();
    kinds.set(kind, objects);
    if (current === undefined) created += 1;
    version += 1;
    const stored = frozen({
      ...object,
      metadata: {
        ...object.metadata,
        ...owned(object, current, created, now),
        resourceVersion: `${version}`,
      },
    });
    objects.set(pathOf(keyOf(stored)), stored);
    record({ type: current === undefined ? "ADDED" : "MODIFIED", object: stored });
    return stored;
  }

  return {
    get version() {
      return version;
    },
    get: (key) => kinds.get(key.kind)?.get(pathOf(key)),
    list(kind, namespace) {
      const all = [...(kinds.get(kind) ?? new Map<string, KubeObject>())];
      return all
        .filter(([, object]) => namespace === undefined || object.metadata.namespace === namespace)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object);
    },
    put(object) {
      const key = keyOf(object);
      const current = kinds.get(key.kind)?.get(pathOf(key));
      const base = object.metadata.resourceVersion;
      if (base !== undefined && base !== current?.metadata.resourceVersion) throw new Conflict(key);
      if (current !== undefined && sameContent(object, current)) return current;
      return write(object, current);
    },
    delete(key) {
      const objects = kinds.get(key.kind);
      const current = objects?.get(pathOf(key));
      if (current === undefined) return;
      objects?.delete(pathOf(key));
      version += 1;
      // As in the API, the last state goes out under the version of the deletion.
      const metadata = { ...current.metadata, resourceVersion: `${version}` };
      record({ type: "DELETED", object: frozen({ ...current, metadata }) });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    since(from) {
      if (from < forgottenUpTo) return undefined;
      return history.filter((entry) => entry.version > from).map((entry) => entry.event);
    },
  };
}

/** The metadata that only the store sets. */
function owned(object: KubeObject, current: KubeObject | undefined, serial: number, now: () => number) {
  if (current === undefined) {
    return {
      uid: `00000000-0000-4000-8000-${serial.toString(16).padStart(12, "0")}`,
      creationTimestamp: new Date(now()).toISOString().replace(/\.\d+Z$/, "Z"),
      generation: 1,
    };
  }
  const { uid = "", creationTimestamp = "", generation = 1 } = current.metadata;
  const specChanged = !isSame(object.spec ?? null, current.spec ?? null);
  return { uid, creationTimestamp, generation: specChanged ? generation + 1 : generation };
}

function sameContent(object: KubeObject, current: KubeObject): boolean {
  const { uid, creationTimestamp, generation, resourceVersion } = current.metadata;
  const metadata = { ...object.metadata, uid, creationTimestamp, generation, resourceVersion };
  return isSame({ ...object, metadata }, current);
}

/** Whether a copy of `value` would be what is stored already. Most is the very same object. */
function isSame(value: Json, stored: Json): boolean {
  if (value === stored) return true;
  if (typeof value !== "object" || value === null || typeof stored !== "object" || stored === null) {
    return (value ?? null) === (stored ?? null) && stored !== undefined;
  }
  if (Array.isArray(value) !== Array.isArray(stored)) return false;
  const keys = Object.keys(value).filter((key) => Array.isArray(value) || value[key] !== undefined);
  return (
    keys.length === Object.keys(stored).length &&
    keys.every((key) => Object.hasOwn(stored, key) && isSame(value[key], stored[key]))
  );
}

function pathOf(key: ObjectKey): string {
  return `${key.namespace}/${key.name}`;
}

/** Copies that were made already: controllers put back most of what they were given. */
const copies = new WeakSet<object>();

/** A deep, frozen copy without `undefined` fields, as a trip through JSON would give. */
function frozen<T extends Json>(value: T): T {
  if (typeof value !== "object" || value === null || copies.has(value)) return value;
  const copy = Array.isArray(value) ? value.map((item) => frozen(item ?? null)) : copyOf(value);
  copies.add(copy);
  return Object.freeze(copy) as T;
}

function copyOf(value: object): object {
  const copy: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) copy[key] = frozen(item);
  return copy;
}
