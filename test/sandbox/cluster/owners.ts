import { WATCHED_KINDS } from "./kinds.ts";
import {
  groupKindOf,
  type Json,
  type KubeObject,
  keyOf,
  type ObjectView,
  type Reconciler,
} from "./objects.ts";

/** Deletes what has lost its owner, as the garbage collector does. */
export function ownersController(): Reconciler {
  return {
    name: "owners",
    keysFor(changed, view) {
      if (view.get(keyOf(changed)) !== undefined) return [];
      return WATCHED_KINDS.flatMap((kind) => view.list(kind, changed.metadata.namespace))
        .filter((object) => ownerOf(object)?.name === changed.metadata.name)
        .map(keyOf);
    },
    reconcile(at, view) {
      const object = view.get(at);
      return { writes: object !== undefined && orphaned(object, view) ? [{ op: "delete", key: at }] : [] };
    },
  };
}

function ownerOf(object: KubeObject): Json | undefined {
  return object.metadata["ownerReferences"]?.[0];
}

function orphaned(object: KubeObject, view: ObjectView): boolean {
  const owner = ownerOf(object);
  if (owner === undefined) return false;
  const { namespace } = object.metadata;
  const { apiVersion, kind, name } = owner;
  const found = view.get({
    kind: groupKindOf({ apiVersion, kind, metadata: { name, namespace } }),
    namespace,
    name,
  });
  return found === undefined || found.metadata.uid !== owner.uid;
}
