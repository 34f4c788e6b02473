/** Carries the branch of the real Git repository over to the cluster, where Argo CD's state machine finds it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { putGitHead } from "./cluster/githead.ts";
import type { ObjectStore } from "./cluster/objects.ts";
import type { GitServer } from "./git/server.ts";

export interface HeadWatch {
  stop(): Promise<void>;
}

const intervalMs = 50;

/** `paths`: the files Argo CD will want. Resolves once the present head is in the store. */
export async function watchHead(
  git: GitServer,
  store: ObjectStore,
  paths: readonly string[],
): Promise<HeadWatch> {
  let known = "";
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const commit = await readRef(git);
    if (commit === known) return;
    const texts = await Promise.all(
      paths.map((path) => git.tryGit(["cat-file", "blob", `${commit}:${path}`])),
    );
    const found = texts.flatMap(({ status, stdout }, at) =>
      status === 0 ? [[paths[at] ?? "", `${stdout}`]] : [],
    );
    putGitHead(store, { repoURL: git.url, commit, files: Object.fromEntries(found) });
    known = commit;
  }
  function again(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      looking = look()
        .catch(() => {})
        .finally(again);
    }, intervalMs);
  }

  // The poll finds what others commit in the repository itself; a push is seen before its client is answered.
  git.afterPush(() => look());
  await look();
  again();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** A push leaves a loose ref; what was seeded may be packed, and then git has to be asked. */
async function readRef(git: GitServer): Promise<string> {
  const text = await readFile(join(git.dir, "refs", "heads", git.branch), "utf8").catch(() => "");
  return text.trim() || git.head();
}
