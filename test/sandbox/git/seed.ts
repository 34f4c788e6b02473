/** The layout of the course's `mlops-gitops` repository. */
import type { FileChanges } from "./fast-import.ts";

/** Where the course's model has its values. */
export const jukeboxPath = "model-deployments/test/jukebox/config.yaml";

/** As the course has it: Helm values and, at once, input of an ApplicationSet. The arrow is U+1F448. */
export const jukeboxConfig = `---
chart_path: charts/model-deployment/music-transformer
name: jukebox
version: 4562a17c17
image_repository: image-registry.openshift-image-registry.svc:5000
image_namespace: user1-test
canary:
  trafficPercent: 100 # \u{1F448} update this
`;

export interface SeedOptions {
  /** How many further applications there are beside jukebox. */
  readonly applications?: number;
  /** Stands in every file as `image_namespace`. */
  readonly namespace?: string;
}

/** A repository's files: jukebox in test and prod, its chart, and a few other applications. */
export function seedRepository(options: SeedOptions = {}): FileChanges {
  const { applications = 4, namespace = "user1-test" } = options;
  const files: Record<string, string> = {
    "README.md": "# mlops-gitops\n",
    [jukeboxPath]: jukeboxConfig.replace("user1-test", namespace),
    "model-deployments/prod/jukebox/config.yaml": jukeboxConfig.replace("user1-test", "user1-prod"),
    "appset-test.yaml": "# ApplicationSet of the test environment\n",
    "appset-prod.yaml": "# ApplicationSet of the production environment\n",
    "charts/model-deployment/music-transformer/Chart.yaml":
      "apiVersion: v2\nname: music-transformer\nversion: 0.0.1\n",
    "charts/model-deployment/music-transformer/values.yaml": "canary: {}\n",
    "toolings/minio/config.yaml": "chart_path: charts/minio\n",
  };
  for (let number = 1; number <= applications; number++) {
    const name = `model-${String(number).padStart(5, "0")}`;
    files[`model-deployments/test/${name}/config.yaml`] = otherConfig(name, number, namespace);
  }
  return files;
}

/** A version of digits alone is a YAML number, which a parse-and-dump would rewrite. */
function otherConfig(name: string, number: number, namespace: string): string {
  const version = number % 2 === 0 ? "1234567890" : "12345e6789";
  return jukeboxConfig
    .replace("name: jukebox", `name: ${name}`)
    .replace("4562a17c17", version)
    .replace("user1-test", namespace);
}
