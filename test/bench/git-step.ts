/**
 * The Git step alone, as a program of its own that the bench bundles: what `mutate` does with Git, without the cluster.
 * Arguments: URL, path, text to look for and to put in its place. Prints the commit, its peak of resident memory in KiB
 * and, with `history`, how long it takes to find the file's last change and an ancestor.
 */
import { systemClock } from "../../src/cli/clock.ts";
import { createGitRemote } from "../../src/git/remote.ts";

const [url = "", path = "", before = "", after = "", mode = "edit", ancestor = ""] = process.argv.slice(2);
const person = { name: "bench", email: "bench@example.org" };
const log = { info: () => undefined, warn: () => undefined, debug: () => undefined };
const clock = systemClock();
const settings = { url, branch: "main", extraCa: [], timeoutMs: 30_000, author: person, committer: person };
const remote = await createGitRemote({ ...settings, clock, log });

async function edit(): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    const base = await remote.fetch([path]);
    const text = Buffer.from((await base.readFile(path)) ?? []).toString("utf8");
    if (!text.includes(before)) throw new Error(`${path} does not hold ${before}`);
    const files = new Map([[path, Buffer.from(text.replace(before, after))]]);
    const result = await remote.push(base, { files, message: "Bench\n" });
    if (result.kind === "pushed") return result.commit;
    await clock.sleep(Math.random() * Math.min(100 * 2 ** attempt, 5000));
  }
}

async function look(): Promise<string> {
  const snapshot = await remote.fetch([path]);
  if (mode === "descendant") return String(await remote.isDescendant(snapshot.commit, ancestor));
  let changed = "";
  for await (const { commit } of snapshot.fileHistory(path)) {
    changed = commit;
    break;
  }
  return changed;
}

console.log(mode === "edit" ? await edit() : await look());
console.log(process.resourceUsage().maxRSS);
process.exit(0);
