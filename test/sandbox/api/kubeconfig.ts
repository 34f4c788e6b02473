import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";

export interface Credentials {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  readonly namespace?: string;
}

/** Writes `<folder>/kubeconfig` with the CA and the token in it, readable by its owner only; returns its path. */
export async function writeKubeconfig(folder: string, credentials: Credentials): Promise<string> {
  const { url, ca, token, namespace } = credentials;
  const name = "sandbox";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    "current-context": name,
  };
  await mkdir(folder, { recursive: true });
  const path = join(folder, "kubeconfig");
  await writeFile(path, stringify(config), { mode: 0o600 });
  return path;
}

/** Writes token, ca.crt and namespace as the kubelet mounts them for a ServiceAccount; returns the folder. */
export async function writeServiceAccount(folder: string, credentials: Credentials): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "ca.crt"), credentials.ca);
  await writeFile(join(folder, "token"), credentials.token, { mode: 0o600 });
  await writeFile(join(folder, "namespace"), credentials.namespace ?? "default");
  return folder;
}
