/** The course's models in a simulated world: their values files, their Applications, their addresses. */
import type { ConfigLocation } from "../../src/core/intent.ts";
import type { ServiceRef } from "../../src/core/world.ts";
import { applicationOf } from "../sandbox/application.ts";
import { LABEL_INFERENCE_SERVICE, labelOf } from "../sandbox/cluster/kinds.ts";
import type { KubeObject } from "../sandbox/cluster/objects.ts";

export const namespace = "user1-test";
export const repository = "https://gitea.example.com/user1/mlops-gitops.git";

export interface Model {
  /** Its place among `models`. */
  readonly index: number;
  readonly name: string;
  readonly ref: ServiceRef;
  readonly location: ConfigLocation;
}

export const models = ["jukebox", "lyrics"].map(
  (name, index): Model => ({
    index,
    name,
    ref: { namespace, name },
    location: {
      path: `model-deployments/test/${name}/config.yaml`,
      percentPath: "canary.trafficPercent",
      versionPath: "version",
    },
  }),
) as [Model, Model];

/** Stories name the versions of the first (`v2`); the other's are its own (`w2`), so that one of them can be broken alone. */
export function versionOf({ index }: Model, version: string): string {
  return index === 0 ? version : version.replace("v", "w");
}

export function application({ name, location }: Model): KubeObject {
  return applicationOf({ name, namespace, path: location.path }, repository);
}

/** Whether an object belongs to another model. */
export function isOthers(object: KubeObject, { name }: Model): boolean {
  const owner = labelOf(object, LABEL_INFERENCE_SERVICE);
  return owner !== undefined && owner !== name;
}

/** `owner`: a key of the same file that has nothing to do with us. `tags`: revisions below 100 percent have URLs. */
export function valuesFile(
  { name }: Model,
  { version, percent, owner }: FileValues,
  { minReplicas, tags }: { readonly minReplicas: number; readonly tags: boolean },
): string {
  return `---
chart_path: charts/model-deployment/music-transformer
name: ${name}
owner: ${owner}
version: ${version}
image_repository: image-registry.openshift-image-registry.svc:5000
image_namespace: ${namespace}
minReplicas: ${minReplicas}
${tags ? `annotations:\n  serving.kserve.io/enable-tag-routing: "true"\n` : ""}canary:
  trafficPercent: ${percent} # \u{1F448} update this
`;
}

export interface FileValues {
  readonly version: string;
  readonly percent: number;
  readonly owner: string;
}

export function valuesIn(text: string): FileValues {
  const read = (pattern: RegExp) => pattern.exec(text)?.[1] ?? "";
  return {
    version: read(/^version: (\S+)/m),
    percent: Number(read(/^ {2}trafficPercent: (\S+)/m)),
    owner: read(/^owner: (\S+)/m),
  };
}
