/** The course's model in a simulated world: its values file, its Application, its address. */
import type { ConfigLocation } from "../../src/core/intent.ts";
import type { ServiceRef } from "../../src/core/world.ts";
import { applicationOf } from "../sandbox/application.ts";
import type { KubeObject } from "../sandbox/cluster/objects.ts";

export const namespace = "user1-test";
export const modelName = "jukebox";
export const ref: ServiceRef = { namespace, name: modelName };
export const repository = "https://gitea.example.com/user1/mlops-gitops.git";
export const location: ConfigLocation = {
  path: "model-deployments/test/jukebox/config.yaml",
  percentPath: "canary.trafficPercent",
  versionPath: "version",
};

export function application(): KubeObject {
  return applicationOf({ name: modelName, namespace, path: location.path }, repository);
}

/** `owner`: a key of the same file that has nothing to do with us. `tags`: revisions below 100 percent have URLs. */
export function valuesFile(
  version: string,
  percent: number,
  owner: string,
  { minReplicas, tags }: { readonly minReplicas: number; readonly tags: boolean },
): string {
  return `---
chart_path: charts/model-deployment/music-transformer
name: ${modelName}
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
