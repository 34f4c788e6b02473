/** How this run reaches the API server: from a pod's ServiceAccount or from a kubeconfig file. */
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeAccess } from "./access.ts";
import { findServiceAccount } from "./service-account.ts";

export interface KubeAccessOptions {
  /** Path of a kubeconfig file. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig; its current one by default. */
  readonly context?: string | undefined;
  /** KUBECONFIG, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the proxies are read from here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountFolder?: string;
  readonly home?: string;
}

/**
 * The named kubeconfig; else, in a pod and unless a context is named, the ServiceAccount; else $KUBECONFIG; else
 * ~/.kube/config. Throws Failure CLUSTER_CONFIG.
 */
export async function loadKubeAccess(options: KubeAccessOptions): Promise<KubeAccess> {
  const { kubeconfig, context, env, serviceAccountFolder } = options;
  if (kubeconfig === undefined && context === undefined) {
    const access = await findServiceAccount(env, serviceAccountFolder);
    if (access !== undefined) return access;
  }
  const paths = kubeconfig === undefined ? defaultPaths(env, options.home ?? homedir()) : [kubeconfig];
  // Loaded here and not before: the client costs more time to load than all the rest, and a pod does without it.
  const { readKubeconfig } = await import("./kubeconfig.ts");
  return readKubeconfig(paths, context, env);
}

function defaultPaths(env: KubeAccessOptions["env"], home: string): readonly string[] {
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  return listed.length > 0 ? listed : [join(home, ".kube", "config")];
}
