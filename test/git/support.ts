import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { ReasonId } from "../../src/errors/catalogue.ts";
import { Failure } from "../../src/errors/failure.ts";
import { createGitRemote, type GitRemoteSettings } from "../../src/git/remote.ts";
import type { Clock, GitForks, GitRemote, GitSnapshot, Log } from "../../src/ports.ts";
import type { BareRepository } from "../sandbox/git/repository.ts";

export const user = "jukebox-bot";
export const password = "canary/p@ss:wörd%40";

export const bot = { name: "bluegreen", email: "bluegreen@example.org" };

/** Real time, but nobody waits. */
export interface TestClock extends Clock {
  readonly slept: readonly number[];
}

export function testClock(): TestClock {
  const slept: number[] = [];
  return {
    slept,
    now: Date.now,
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
}

export interface TestLog extends Log {
  readonly lines: readonly string[];
}

export function testLog(): TestLog {
  const lines: string[] = [];
  const add = (line: string) => {
    lines.push(line);
  };
  return { lines, info: add, warn: add, debug: add };
}

export function remoteOf(
  server: { url: string },
  overrides: Partial<GitRemoteSettings> = {},
): Promise<GitRemote & GitForks> {
  return createGitRemote({
    url: server.url,
    branch: "main",
    credentials: async () => ({ username: user, password }),
    extraCa: [],
    timeoutMs: 20_000,
    author: bot,
    committer: bot,
    clock: testClock(),
    log: testLog(),
    random: () => 0.5,
    ...overrides,
  });
}

/** The failure of a promise, after a look that it holds no secret anywhere. */
export async function failureOf(promise: Promise<unknown>, reason: ReasonId): Promise<Failure> {
  const error = await promise.then(
    (value) => assert.fail(`no failure but ${inspect(value)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Failure, inspect(error));
  assert.equal(error.reason, reason, error.evidence);
  assertNoSecret(inspect(error, { depth: null, showHidden: true }) + error.stack);
  return error;
}

export function assertNoSecret(text: string): void {
  const basic = Buffer.from(`${user}:${password}`).toString("base64");
  for (const secret of [password, encodeURIComponent(password), basic]) {
    assert.ok(!text.includes(secret), `secret in: ${text}`);
  }
}

export async function textOf(snapshot: GitSnapshot, path: string): Promise<string> {
  const bytes = await snapshot.readFile(path);
  assert.ok(bytes !== undefined, `no file ${path}`);
  return Buffer.from(bytes).toString("utf8");
}

export function changeOf(path: string, content: string, message = "Change\n") {
  return { files: new Map([[path, Buffer.from(content)]]), message };
}

/** The paths that a commit changes, as `A path` / `M path`, by real git; the repository has to be sound, too. */
export async function changedBy(server: BareRepository, commit: string): Promise<readonly string[]> {
  await server.git(["fsck", "--strict", "--full", "--no-dangling"]);
  const output = await server.git(["diff-tree", "-r", "-z", "--no-commit-id", "--name-status", commit]);
  const fields = output.split("\0").slice(0, -1);
  return fields.flatMap((field, index) => (index % 2 === 0 ? [`${field} ${fields[index + 1]}`] : []));
}
