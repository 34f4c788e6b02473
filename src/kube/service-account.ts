import { access, readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { Failure } from "../errors/failure.ts";
import { createHttpsAgent } from "../net/agent.ts";
import type { KubeAccess } from "./access.ts";

const defaultFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The access of the pod that this runs in; undefined outside of a cluster. Done by hand, because the Kubernetes
 * client takes longer to load than a whole step may need to start, and keeps a token for a minute after it rotated
 * (client-node 1.4, file_auth.js). Here the token is read again for every request.
 */
export async function findServiceAccount(
  env: Readonly<Record<string, string | undefined>>,
  folder = defaultFolder,
): Promise<KubeAccess | undefined> {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  const token = join(folder, "token");
  if (host === undefined || host === "") return undefined;
  const mounted = await access(token).then(
    () => true,
    () => false,
  );
  if (!mounted) return undefined;
  const server = new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  return {
    server,
    headers: async () => ({ authorization: `Bearer ${(await read(token)).trim()}` }),
    agent: async () => createHttpsAgent(server, env, { ca: await read(join(folder, "ca.crt")) }),
  };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new Failure("CLUSTER_CONFIG", `${path} cannot be read`, { cause: error });
  }
}
