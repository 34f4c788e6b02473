/** How a container's process is started: the seam between Tekton's rules and what this machine allows. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Pod } from "./pod.ts";
import { placed } from "./pod.ts";
import type { Replacements } from "./substitution.ts";

export interface ContainerProcess {
  readonly command: readonly string[];
  /** The whole environment: nothing else is handed on. */
  readonly env: Replacements;
  /** File descriptor that takes both streams, as a container's log does. */
  readonly log: number;
}

export interface Runtime {
  /** What the image and the kubelet set; a Task's own variables win. */
  readonly ambient: Replacements;
  /** The user that the processes run as, where that is another one than this process's. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** The process is the leader of a group of its own. */
  start(pod: Pod, container: ContainerProcess): Promise<ChildProcess>;
}

/** The program's place in the image, and the name that the Task calls Node by. */
export const imageBundle = "/opt/bluegreen/bluegreen.mjs";
export const imagePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface Program {
  /** The bundle on this machine. */
  readonly bundle: string;
  /** The Node that runs it. */
  readonly node: string;
}

/** `BLUEGREEN_TEST_NODE` names the Node of the image's line in CI. */
export function nodeToTest(): string {
  return process.env["BLUEGREEN_TEST_NODE"] || process.execPath;
}

/**
 * Works everywhere: a plain process, for which every path that is mounted in the container is rewritten to its place
 * on this machine, in the environment and in the arguments. The ServiceAccount's folder cannot be had this way; its
 * token comes in by a kubeconfig.
 */
export function processRuntime(program: Program, kubeconfig: string): Runtime {
  return {
    ambient: { PATH: imagePath, KUBECONFIG: kubeconfig },
    async start(pod, { command, env, log }) {
      const here = (text: string) =>
        text === imageBundle ? program.bundle : (placed(pod.mounts, text) ?? text);
      const [name = "", ...args] = command.map(here);
      return spawn(name === "node" ? program.node : name, args, {
        env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, here(value)])),
        cwd: pod.folder,
        stdio: ["ignore", log, log],
        detached: true,
      });
    },
  };
}
