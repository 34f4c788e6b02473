import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { ReasonId } from "../../src/errors/catalogue.ts";
import { Failure } from "../../src/errors/failure.ts";
import { createForge, type ForgeSettings } from "../../src/forge/forge.ts";
import type { Clock, Forge, Patience } from "../../src/ports.ts";
import { testLog } from "../git/support.ts";
import { type ForgeServer, startForge } from "../sandbox/forge/server.ts";
import type { FileChanges } from "../sandbox/git/fast-import.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";

export const user = "jukebox-bot";
export const password = "canary/p@ss:wörd%40";
export const token = "canary-token-4711";

export const authorized = [
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
  `token ${token}`,
  `Bearer ${token}`,
];

/** Time that passes only by waiting. */
export interface SteppedClock extends Clock {
  readonly slept: readonly number[];
}

export function steppedClock(): SteppedClock {
  const slept: number[] = [];
  let time = 1_700_000_000_000;
  return {
    slept,
    now: () => time,
    sleep: async (ms) => {
      slept.push(ms);
      time += ms;
    },
  };
}

export interface Stage {
  readonly git: GitServer;
  readonly server: ForgeServer;
  readonly clock: SteppedClock;
  readonly lines: readonly string[];
  readonly patience: Patience;
  forge(settings?: Partial<ForgeSettings>): Forge;
  /** A branch with one commit of its own. */
  branch(name: string, files?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

export async function stageFor(
  provider: "gitea" | "github",
  files: FileChanges = { "a.yaml": "a: 1\n" },
): Promise<Stage> {
  const git = await startGitServer({ files, user, password });
  const server = await startForge({ provider, git, authorized });
  const clock = steppedClock();
  const log = testLog();
  const credentials = async () => ({
    username: user,
    password: provider === "github" ? token : password,
  });
  return {
    git,
    server,
    clock,
    lines: log.lines,
    get patience() {
      return { deadline: clock.now() + 120_000, signal: new AbortController().signal };
    },
    forge: (settings = {}) =>
      createForge({
        gitUrl: server.gitUrl,
        target: "main",
        provider,
        authorization: { credentials },
        extraCa: [],
        timeoutMs: 5_000,
        clock,
        log,
        random: () => 0.5,
        ...settings,
      }),
    async branch(name, files = { "a.yaml": "a: 2\n" }) {
      const blobs = await Promise.all(
        Object.entries(files).map(async ([path, text]) => {
          const id = (await git.git(["hash-object", "-w", "--stdin"], text)).trim();
          return `100644 blob ${id}\t${path}\n`;
        }),
      );
      const tree = (await git.git(["mktree"], blobs.join(""))).trim();
      const identity = ["-c", "user.name=bot", "-c", "user.email=bot@example.org"];
      const head = await git.head();
      const commit = await git.git([...identity, "commit-tree", tree, "-p", head], "Change a\n");
      await git.git(["update-ref", `refs/heads/${name}`, commit.trim()]);
    },
    async stop() {
      await server.stop();
      await git.stop();
    },
  };
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
  for (const secret of [password, encodeURIComponent(password), basic, token]) {
    assert.ok(!text.includes(secret), `secret in: ${text}`);
  }
}
