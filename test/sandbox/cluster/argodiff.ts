import { isDeepStrictEqual } from "node:util";
import { ANNOTATION_MODE } from "./kinds.ts";
import type { Json, KubeObject } from "./objects.ts";

/** The manifest as it is applied: with the annotation by which Argo CD knows its own. */
export function desiredInferenceService(manifest: Json, application: KubeObject): KubeObject {
  const { name, namespace } = manifest.metadata;
  const id = `${application.metadata.name}:serving.kserve.io/InferenceService:${namespace}/${name}`;
  const annotations = { ...manifest.metadata.annotations, "argocd.argoproj.io/tracking-id": id };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/** Whether the live object has to change to be as Git wants it; what `ignoreDifferences` names does not count. */
export function differs(desired: KubeObject, live: KubeObject | undefined, application: KubeObject): boolean {
  if (live === undefined) return true;
  const pointers = ignoredPointers(application);
  const wanted = without(desired.spec, pointers);
  if (!isDeepStrictEqual(wanted, without(live.spec, pointers))) return true;
  const annotations = live.metadata.annotations ?? {};
  return Object.entries(desired.metadata.annotations ?? {}).some(
    ([name, value]) => modeAlias(name, annotations[name]) !== modeAlias(name, value),
  );
}

/** KServe's webhook writes the mode's new name: a known difference, which the course's Applications live with. */
function modeAlias(name: string, value: string | undefined): string | undefined {
  if (name !== ANNOTATION_MODE) return value;
  return { RawDeployment: "Standard", Serverless: "Knative" }[value ?? ""] ?? value;
}

/** What a sync writes. Status, and metadata that others have added, stay. */
export function merged(
  desired: KubeObject,
  live: KubeObject | undefined,
  application: KubeObject,
): KubeObject {
  if (live === undefined) return desired;
  const options: readonly string[] = application.spec.syncPolicy?.syncOptions ?? [];
  const respected = options.includes("RespectIgnoreDifferences=true") ? ignoredPointers(application) : [];
  const mode = live.metadata.annotations?.[ANNOTATION_MODE];
  const sameMode = modeAlias(ANNOTATION_MODE, desired.metadata.annotations?.[ANNOTATION_MODE]) === mode;
  const annotations = {
    ...live.metadata.annotations,
    ...desired.metadata.annotations,
    ...(sameMode && mode !== undefined ? { [ANNOTATION_MODE]: mode } : {}),
  };
  const labels = { ...live.metadata.labels, ...desired.metadata.labels };
  const spec = respected.reduce((spec, path) => copied(spec, live.spec, path), desired.spec);
  return { ...live, metadata: { ...live.metadata, annotations, labels }, spec };
}

/** Paths below `spec`. Only JSON pointers are understood, as the course writes them. */
function ignoredPointers(application: KubeObject): readonly (readonly string[])[] {
  const ignored: readonly Json[] = application.spec.ignoreDifferences ?? [];
  return ignored
    .filter((entry) => entry.kind === "InferenceService")
    .flatMap((entry) => entry.jsonPointers ?? [])
    .map((pointer: string) => pointer.split("/").slice(1))
    .filter((path: string[]) => path[0] === "spec")
    .map((path: string[]) => path.slice(1));
}

function without(spec: Json, paths: readonly (readonly string[])[]): Json {
  return paths.reduce((result, path) => copied(result, undefined, path), spec);
}

/** `target` with the value at `path` as in `source`; taken out where `source` has none. */
function copied(target: Json, source: Json, path: readonly string[]): Json {
  const [head, ...rest] = path;
  if (head === undefined) return source;
  const { [head]: current, ...others } = target ?? {};
  const value = copied(current, source?.[head], rest);
  return value === undefined ? others : { ...others, [head]: value };
}
