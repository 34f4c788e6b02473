/** A pod's files on this machine: what is mounted where, in a temporary folder. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BoundFiles, ResolvedTask } from "./resolve-task.ts";

export interface MountedPath {
  /** In the container. */
  readonly path: string;
  /** On this machine. */
  readonly source: string;
  readonly readOnly: boolean;
}

export interface Pod {
  readonly folder: string;
  readonly mounts: readonly MountedPath[];
  /** Where a path of the container is on this machine. Throws where nothing is mounted there. */
  placeOf(path: string): string;
  remove(): Promise<void>;
}

export async function createPod(task: ResolvedTask): Promise<Pod> {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-pod-"));
  const mounts: MountedPath[] = [];
  const dirs = [...task.emptyDirs.map((path) => ({ path, readOnly: false, files: {} })), ...task.bound];
  for (const [index, { path, readOnly, files }] of dirs.entries()) {
    const source = join(folder, "volumes", `${index}`);
    await mkdir(source, { recursive: true });
    await writeKubeletFiles(source, files);
    // As the kubelet makes an emptyDir: for whatever UID the container gets. (mkdir's mode is subject to the umask.)
    if (!readOnly) await chmod(source, 0o777);
    mounts.push({ path, source, readOnly });
  }
  await mkdir(join(folder, "logs"));
  return {
    folder,
    mounts,
    placeOf: (path) => placeOf(mounts, path),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A Secret's keys as the kubelet writes them: links into a folder that is exchanged as a whole. */
async function writeKubeletFiles(folder: string, files: BoundFiles): Promise<void> {
  const entries = Object.entries(files);
  if (entries.length === 0) return;
  const version = "..2026_01_01_00_00_00.000000001";
  await mkdir(join(folder, version));
  await symlink(version, join(folder, "..data"));
  for (const [key, content] of entries) {
    await writeFile(join(folder, version, key), content, { mode: 0o644 });
    await symlink(join("..data", key), join(folder, key));
  }
}

function placeOf(mounts: readonly MountedPath[], path: string): string {
  const place = placed(mounts, path);
  if (place === undefined) throw new Error(`nothing is mounted at ${path}`);
  return place;
}

/** The innermost mount wins; undefined where the path is in none. */
export function placed(mounts: readonly MountedPath[], path: string): string | undefined {
  const [mount] = mounts
    .filter((each) => path === each.path || path.startsWith(`${each.path}/`))
    .sort((one, other) => other.path.length - one.path.length);
  return mount === undefined ? undefined : mount.source + path.slice(mount.path.length);
}

/** The text of a file in the pod; undefined where there is none. */
export async function readInPod(pod: Pod, path: string): Promise<string | undefined> {
  return readFile(pod.placeOf(path), "utf8").catch(() => undefined);
}

/** Every file that was left where the containers may write, by its path in the container. */
export async function filesIn(pod: Pod): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { path, source } of pod.mounts.filter(({ readOnly }) => !readOnly)) {
    const entries = await readdir(source, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile())) {
      const file = join(entry.parentPath, entry.name);
      found.set(path + file.slice(source.length), await readFile(file, "utf8"));
    }
  }
  return found;
}
