/**
 * The container's real layout: a root of its own that cannot be written, the Task's paths where the Task has them, the
 * ServiceAccount's folder, a random UID with GID 0. Needs mount namespaces, as root or by a user namespace.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmod, lstat, mkdir, mkdtemp, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beside } from "../../../scripts/build/beside.ts";
import { parts } from "../../../scripts/build/parts.ts";
import { type Credentials, writeServiceAccount } from "../../sandbox/api/kubeconfig.ts";
import { type MountedPath, type Pod, placed } from "./pod.ts";
import { imageBundle, imagePath, type Program, type Runtime } from "./runtime.ts";

export interface RootfsOptions {
  readonly program: Program;
  readonly cluster: Credentials;
  /** Files of `/tekton-custom-certs`, as OpenShift Pipelines mounts them. */
  readonly customCerts?: Readonly<Record<string, string>>;
}

type Entering = "root" | "user";

/** As OpenShift hands them out to a namespace. */
const uid = 1_000_660_000;
const script = join(import.meta.dirname, "rootfs-enter.sh");
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
/** What Node is linked with; links between these folders are kept. */
const libraries = ["/usr/lib", "/usr/lib64", "/lib", "/lib64"];

/** How this machine lets one in; undefined where it does not. */
export async function rootfsEntering(folder: string): Promise<Entering | undefined> {
  for (const how of ["root", "user"] as const) {
    const root = await mkdtemp(join(folder, "probe-"));
    const layout = await layOut(root, [
      { path: "/bin-of-node", source: dirname(process.execPath), readOnly: true },
    ]);
    const [name, ...args] = entering(how, layout, ["/bin-of-node/node", "--version"]);
    const { status } = spawnSync(name, args, { env: { PATH: imagePath } });
    for (const made of [layout.root, layout.list]) await rm(made, { recursive: true, force: true });
    if (status === 0) return how;
  }
  return undefined;
}

export async function rootfsRuntime(how: Entering, options: RootfsOptions): Promise<Runtime> {
  const { program, cluster, customCerts = {} } = options;
  const { hostname, port } = new URL(cluster.url);
  return {
    ambient: { PATH: imagePath, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    ...(how === "root" ? { user: { uid, gid: 0 } } : {}),
    async start(pod, { command, env, log }): Promise<ChildProcess> {
      const root = await mkdtemp(join(pod.folder, "root-"));
      const layout = await layOut(root, [
        ...(await injected(pod, cluster, customCerts)),
        { path: "/usr/bin/node", source: program.node, readOnly: true },
        { path: imageBundle, source: program.bundle, readOnly: true },
        ...[...Object.keys(beside), ...Object.keys(parts)].map((name) => ({
          path: join(dirname(imageBundle), `${name}.mjs`),
          source: join(dirname(program.bundle), `${name}.mjs`),
          readOnly: true,
        })),
        ...pod.mounts,
      ]);
      const [name, ...args] = entering(how, layout, command);
      return spawn(name, args, { env, cwd: "/", stdio: ["ignore", log, log], detached: true });
    },
  };
}

async function injected(
  pod: Pod,
  cluster: Credentials,
  customCerts: Readonly<Record<string, string>>,
): Promise<readonly MountedPath[]> {
  const account = await writeServiceAccount(join(pod.folder, "serviceaccount"), cluster);
  // Readable for GID 0 only, as the kubelet projects it for a pod with an fsGroup.
  await chmod(join(account, "token"), 0o640);
  const certs = join(pod.folder, "custom-certs");
  await mkdir(certs, { recursive: true });
  for (const [name, text] of Object.entries(customCerts)) await writeFile(join(certs, name), text);
  return [
    { path: serviceAccount, source: account, readOnly: true },
    { path: "/tekton-custom-certs", source: certs, readOnly: true },
  ];
}

interface Layout {
  readonly root: string;
  readonly list: string;
}

/** Makes the folders and files to mount upon, and the list of mounts. */
async function layOut(root: string, own: readonly MountedPath[]): Promise<Layout> {
  const mounts = [...own];
  await chmod(root, 0o755);
  await mkdir(join(root, "tmp"));
  for (const path of libraries) {
    const entry = await lstat(path).catch(() => undefined);
    if (entry?.isSymbolicLink() === true) await symlink(await readlink(path), join(root, path));
    else if (entry?.isDirectory() === true) mounts.unshift({ path, source: path, readOnly: true });
  }
  mounts.unshift({ path: "/dev/null", source: "/dev/null", readOnly: false });
  // Outer paths before inner ones.
  mounts.sort((one, other) => one.path.length - other.path.length);
  for (const { path, source } of mounts) {
    // What lies in another mount is made in there: the root's own folder is covered by it.
    const outer = mounts.filter((each) => each.path.length < path.length);
    const target = placed(outer, path) ?? join(root, path);
    await mkdir(dirname(target), { recursive: true });
    if ((await stat(source)).isDirectory()) await mkdir(target, { recursive: true });
    else await writeFile(target, "");
  }
  const list = `${root}.mounts`;
  const lines = mounts.map(({ path, source, readOnly }) => `${source}\t${path}\t${readOnly ? "ro" : "rw"}\n`);
  await writeFile(list, lines.join(""));
  return { root, list };
}

/** The environment is the container's own from here on, so programs are named by their paths. */
function entering(how: Entering, { root, list }: Layout, command: readonly string[]): [string, ...string[]] {
  const namespaces = how === "root" ? ["--mount"] : ["--map-root-user", "--mount"];
  return ["unshare", ...namespaces, "--", "/bin/sh", script, list, root, how, `${uid}`, ...command];
}
