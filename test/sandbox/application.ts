import type { KubeObject } from "./cluster/objects.ts";

/** One model in the GitOps repository and where Argo CD deploys it. */
export interface ModelConfig {
  readonly name: string;
  readonly namespace: string;
  /** The values file's path in the repository. */
  readonly path: string;
}

export const toolingsNamespace = "user1-toolings";
const chartRepository = "https://gitea.example.com/rainforest/charts.git";

/** The Application as the course's ApplicationSet makes it: the chart from one repository, the values from another. */
export function applicationOf(model: ModelConfig, repoURL: string): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: `${model.name}-test`, namespace: toolingsNamespace },
    spec: {
      project: "default",
      destination: { server: "https://kubernetes.default.svc", namespace: model.namespace },
      sources: [
        { repoURL, targetRevision: "main", ref: "values" },
        {
          repoURL: chartRepository,
          targetRevision: "main",
          path: "charts/model-deployment/music-transformer",
          helm: { valueFiles: [`$values/${model.path}`] },
        },
      ],
      syncPolicy: { automated: { selfHeal: true, prune: false } },
    },
  };
}
