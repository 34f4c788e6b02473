/** Pull requests, their server and the run's branch in memory, for tests that decide each answer themselves. */
import assert from "node:assert/strict";
import type { PullRequestReading } from "../../../src/core/pull-request.ts";
import type { Forge } from "../../../src/ports.ts";
import { fileWith, location } from "../builders.ts";
import type { MemoryGit } from "../fakes.ts";

const url = "https://gitea.example.com/user1/mlops-gitops/pulls/1";
export const first = `pull request #1 (${url})`;

export function pullOf(changes: Partial<PullRequestReading> = {}): PullRequestReading {
  return { number: 1, url, state: "open", title: "Promote", body: "", conflict: "no", ...changes };
}

/** A server that is asked for nothing but what is given. */
export function forgeWith(answers: Partial<Forge>): Forge {
  const unasked = () => assert.fail("nobody has to ask for this");
  return { find: unasked, open: unasked, read: unasked, ...answers };
}

/** More commits than are looked through: the one that set the values of `text`, and those that edit around them. */
export function bury(git: MemoryGit, text: string): string {
  const edits = Array.from({ length: 502 }, (_, index) => `# ${index}\n${text}`);
  return edits.map((each) => git.commit({ files: { [location.path]: each } })).at(-1) ?? "";
}

export const before = fileWith("v2", 0);
export const after = fileWith("v2", 100);
