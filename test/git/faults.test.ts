/**
 * A run of the Git step through a proxy that spoils one exchange after the other, at every border of Git's lines: never a
 * wrong ref, never two commits, never a hang, and never a success that is none.
 */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { Failure } from "../../src/errors/failure.ts";
import type { GitRemoteSettings } from "../../src/git/remote.ts";
import { readPacket } from "../../src/git/wire/pkt-line.ts";
import type { PushResult } from "../../src/ports.ts";
import {
  type FaultProxy,
  type SeenExchange,
  type Spoil,
  startFaultProxy,
} from "../sandbox/git/fault-proxy.ts";
import { jukeboxConfig, jukeboxPath, seedRepository } from "../sandbox/git/seed.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import {
  assertNoSecret,
  changedBy,
  changeOf,
  password,
  remoteOf,
  testClock,
  textOf,
  user,
} from "./support.ts";

/** The exchanges of one run. */
const names = [
  "what reading offers",
  "branches",
  "commit and trees",
  "folder and file",
  "what pushing offers",
  "push",
];
const push = names.length - 1;

describe("one run through a bad network", function () {
  this.timeout(120_000);
  let server: GitServer;
  let proxy: FaultProxy;
  let base: string;
  let clean: readonly SeenExchange[];

  before(async () => {
    // Many enough that a folder's files come with it.
    server = await startGitServer({ files: seedRepository({ applications: 12 }), user, password });
    base = await server.head();
    proxy = await startFaultProxy(server);
    assert.equal((await run()).kind, "pushed");
    clean = [...proxy.seen];
    assert.equal(clean.length, names.length, "round trips of one edit");
  });
  after(async () => {
    await proxy.stop();
    await server.stop();
  });
  beforeEach(() => rewind());
  afterEach(() => proxy.spoil(undefined));

  async function rewind(): Promise<void> {
    await server.git(["update-ref", "refs/heads/main", base]);
  }
  async function run(overrides: Partial<GitRemoteSettings> = {}): Promise<PushResult> {
    const remote = await remoteOf(proxy, { clock: testClock(), timeoutMs: 10_000, ...overrides });
    const snapshot = await remote.fetch([jukeboxPath]);
    assert.equal(await textOf(snapshot, jukeboxPath), jukeboxConfig);
    return remote.push(snapshot, changeOf(jukeboxPath, "x\n", "Ours\n"));
  }
  /** Spoils the exchange of this place in a run: the first of its kind, or every one. */
  function spoil(place: number, how: Spoil, times: "once" | "always"): void {
    const wanted = clean[place];
    let left = times === "once" ? 1 : Number.POSITIVE_INFINITY;
    proxy.spoil(({ method, path, body }) => {
      const same = method === wanted?.method && path === wanted.path && kindOf(body) === kindOf(wanted.body);
      if (!same || left <= 0) return undefined;
      left -= 1;
      return how;
    });
  }
  /** What a run comes to, after a look that the branch fits it. */
  async function outcome(overrides: Partial<GitRemoteSettings> = {}): Promise<PushResult | Failure> {
    const result = await run(overrides).catch((error: unknown) => error);
    const [head = "", ...before] = (await server.git(["rev-list", `${base}^!`, "main"])).trim().split("\n");
    assert.ok(
      head === base || (before.length === 1 && before[0] === base),
      `at most one commit: ${head} ${before}`,
    );
    if (head !== base) assert.deepEqual(await changedBy(server, head), [`M ${jukeboxPath}`]);
    if (result instanceof Failure) {
      assertNoSecret(result.evidence);
      if (head !== base) assert.ok(result.evidence.includes(head), `${result.evidence} has to name ${head}`);
      return result;
    }
    assert.deepEqual(result, { kind: "pushed", commit: head });
    return result as PushResult;
  }

  for (const [place, name] of names.entries()) {
    it(`cut in the answer at every line of "${name}", as if it ended there: is tried again and lands`, async () => {
      for (const bytes of bordersIn(clean[place]?.answer)) {
        await rewind();
        spoil(place, { kind: "cut-answer", bytes, as: "end" }, "once");
        assert.ok(!((await outcome()) instanceof Failure), `${bytes} bytes`);
      }
    });

    it(`cut in every answer at every line of "${name}", by a reset: says so`, async () => {
      for (const bytes of bordersIn(clean[place]?.answer)) {
        await rewind();
        spoil(place, { kind: "cut-answer", bytes, as: "reset" }, "always");
        const result = await outcome();
        if (place === push) assert.ok(!(result instanceof Failure), "it landed, and the branch tells");
        else
          assert.equal(
            result instanceof Failure && result.reason,
            "GIT_UNREACHABLE",
            `${bytes}: ${inspect(result)}`,
          );
      }
    });

    it(`cut in the request at every line of "${name}": is tried again and lands`, async () => {
      for (const bytes of bordersIn(clean[place]?.body)) {
        await rewind();
        spoil(place, { kind: "cut-request", bytes }, "once");
        assert.ok(!((await outcome()) instanceof Failure), `${bytes} bytes`);
      }
    });

    it(`stalled in the middle of "${name}": is given up in time`, async () => {
      const bytes = Math.floor((clean[place]?.answer.length ?? 0) / 2);
      spoil(place, { kind: "stall-answer", bytes }, "always");
      const result = await outcome({ timeoutMs: 250 });
      if (place === push) assert.ok(!(result instanceof Failure));
      else
        assert.ok(
          result instanceof Failure && /no answer in time|broke off/.test(result.evidence),
          String(result),
        );
    });

    const spoils: Readonly<Record<string, Spoil>> = {
      "half of a gzip": { kind: "cut-gzip" },
      "another content type": { kind: "content-type", type: "text/plain" },
      "a captive portal's page": { kind: "portal" },
      "no answer to what was done": { kind: "lose-answer" },
    };
    for (const [what, how] of Object.entries(spoils)) {
      it(`${what} at "${name}", once: lands; always: lands or says so`, async () => {
        spoil(place, how, "once");
        assert.ok(!((await outcome()) instanceof Failure));
        await rewind();
        spoil(place, how, "always");
        const result = await outcome();
        const landed = place === push && how.kind !== "portal";
        assert.equal(result instanceof Failure, !landed, String(result));
      });
    }
  }

  it("with every answer late, lands", async () => {
    proxy.spoil(() => ({ kind: "delay", ms: 30 }));
    assert.ok(!((await outcome()) instanceof Failure));
  });
});

/** Tells the requests to one address apart. */
function kindOf(body: Buffer): string {
  const text = body.toString("latin1");
  return text.includes("command=ls-refs") ? "ls-refs" : text.includes("deepen") ? "commit" : "other";
}

/** Before each line, between its length and its content, and one byte before the end. */
function bordersIn(bytes: Buffer | undefined): readonly number[] {
  if (bytes === undefined || bytes.length === 0) return [];
  const borders = new Set<number>([0, bytes.length - 1]);
  for (let at = 0; at < bytes.length; ) {
    borders.add(at);
    if (at + 4 < bytes.length) borders.add(at + 4);
    if (bytes.toString("latin1", at, at + 4) === "PACK") break;
    at = readPacket(bytes, at).next;
  }
  return [...borders].filter((border) => border < bytes.length).sort((a, b) => a - b);
}
