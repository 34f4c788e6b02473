/** Waiting for a merge, look by look: each test says what Git and the server answer at which. */
import assert from "node:assert/strict";
import type { PullRequestReading } from "../../../src/core/pull-request.ts";
import { Failure } from "../../../src/errors/failure.ts";
import type { GitRemote } from "../../../src/ports.ts";
import { awaitMerge } from "../../../src/steps/mutate/merged.ts";
import { failureOf, fileWith, location, requestOf } from "../builders.ts";
import {
  createClock,
  createGit,
  createLog,
  type KeptLog,
  type MemoryGit,
  type VirtualClock,
} from "../fakes.ts";
import { after, before, bury, first, forgeWith, pullOf } from "./pulls.ts";

const never = new AbortController().signal;
const request = requestOf("promote", { mergeTimeoutMs: 600_000 });

describe("waiting for a pull request to be merged", () => {
  let git: MemoryGit;
  let clock: VirtualClock;
  let log: KeptLog;
  let looks: number;
  beforeEach(() => {
    git = createGit({ [location.path]: before, "other.yaml": "a: 1\n" });
    clock = createClock();
    log = createLog();
    looks = 0;
  });

  /** `answer`: the server's at this look, which comes after that look at the branch. */
  async function wait(
    answer: (look: number) => Partial<PullRequestReading>,
    {
      pull = pullOf(),
      remote = git,
      signal = never,
    }: { pull?: PullRequestReading; remote?: GitRemote; signal?: AbortSignal } = {},
  ) {
    async function read(): Promise<PullRequestReading> {
      looks += 1;
      return pullOf(answer(looks));
    }
    const ports = { forge: forgeWith({ read }), git: remote, clock, log, random: () => 0.5 };
    const plan = { values: { percent: "0", version: "v2" } };
    return awaitMerge(ports, request, { pull, snapshot: await git.fetch(), plan }, signal);
  }
  function put(text: string | null, message = "By hand\n"): string {
    return git.commit({ files: { [location.path]: text }, message });
  }
  function mergedAs(mergeCommit: string): Partial<PullRequestReading> {
    return { state: "merged", mergeCommit };
  }
  /** At this look, whatever held from the first one on has lasted. */
  const late = 7;

  it("asks for a merge where none was made yet, and for none of one that was merged before the run came", async () => {
    const asked = () => log.of("info").filter((line) => line.startsWith("Somebody has to merge it within"));
    const start = await git.head();
    let merged = "";
    const { kind } = await wait((look) => {
      if (look === 2) merged = put(after);
      return look < 2 ? {} : mergedAs(merged);
    });
    assert.deepEqual(
      [kind, asked()],
      ["committed", [`Somebody has to merge it within 10 min: ${pullOf().url}`]],
    );
    assert.deepEqual(log.of("info").slice(1), [
      `Waiting: ${first} to be merged`,
      `Merged as commit ${merged.slice(0, 10)}: ${first}`,
    ]);

    log = createLog();
    const again = await wait(() => mergedAs(merged), { pull: pullOf(mergedAs(merged)) });
    assert.deepEqual([again.kind, again.commit, again.previousCommit], ["resumed", merged, start]);
    assert.deepEqual(asked(), []);
  });

  it("is SUPERSEDED where the branch has other values again, now or since an earlier attempt", async () => {
    const merged = put(after);
    for (const [pull, text] of [
      [pullOf(mergedAs(merged)), before],
      [pullOf(), fileWith("v3", 0)],
    ] as const) {
      const theirs = put(text, "Not tonight\n");
      const failure = await failureOf(wait(() => mergedAs(merged), { pull }));
      assert.equal(failure.reason, "SUPERSEDED");
      assert.equal(
        failure.evidence,
        `commit ${theirs.slice(0, 10)} (Ada Lovelace: “Not tonight”) changed our value after ${first} was merged as commit ${merged.slice(0, 10)}`,
      );
    }
  });

  it("waits for a replica that does not show the merge commit yet", async () => {
    const old = await git.fetch();
    const lags = () => looks < 3;
    const replica: GitRemote = {
      ...git,
      head: async () => (lags() ? old.commit : git.head()),
      fetch: async () => (lags() ? old : git.fetch()),
    };
    const merged = put(after);
    const mutation = await wait(() => mergedAs(merged), { remote: replica });
    assert.deepEqual([mutation.kind, mutation.commit, looks], ["committed", merged, 3]);
    assert.ok(log.of("info").includes(`Waiting: merge commit ${merged.slice(0, 10)} to be on main`));
  });

  it("says once that it looks again and again", async () => {
    const failure = await failureOf(wait(() => ({})));
    assert.equal(failure.reason, "MERGE_TIMEOUT");
    assert.ok(looks > 10, `${looks} looks`);
    assert.deepEqual(log.of("debug"), [`Looking at ${first} again and again`]);
  });

  it("ends when nobody merged it in time, to the millisecond", async () => {
    const start = clock.now();
    const failure = await failureOf(wait(() => ({})));
    assert.deepEqual([failure.reason, failure.evidence], ["MERGE_TIMEOUT", `${first} of run run-1`]);
    assert.equal(clock.now() - start, 600_000);
  });

  it("names an outage that lasts until then, and none that passed", async () => {
    const away = new Failure("GIT_UNREACHABLE", "no answer");
    const passed = await failureOf(
      wait((look) => {
        if (look === 2) throw away;
        return {};
      }),
    );
    assert.equal(passed.evidence, `${first} of run run-1`);
    const lasting = await failureOf(
      wait(() => {
        throw away;
      }),
    );
    assert.equal(lasting.reason, "MERGE_TIMEOUT");
    assert.equal(lasting.evidence, `${first} of run run-1; the last look failed: no answer`);
  });

  for (const reason of ["GIT_UNREACHABLE", "GIT_PROTOCOL"] as const) {
    it(`outlives ${reason}, and tells of it`, async () => {
      let heads = 0;
      const remote: GitRemote = {
        ...git,
        head: async () => {
          heads += 1;
          if (heads === 2) throw new Failure(reason, "a login page answers");
          return git.head();
        },
      };
      const mutation = await wait((look) => (look === 2 ? mergedAs(put(after)) : {}), { remote });
      assert.equal(mutation.kind, "committed");
      const told = log.of("debug").filter((line) => line.includes("login page"));
      assert.deepEqual(told, ["The pull request could not be looked at: a login page answers"]);
    });
  }

  it("counts a conflict that is perhaps one from when it was first seen, not from the start", async () => {
    let merged = "";
    const mutation = await wait((look) => {
      if (look === late + 1) merged = put(after);
      if (look > late) return mergedAs(merged);
      return { conflict: look === late ? "perhaps" : "no" };
    });
    assert.deepEqual([mutation.kind, mutation.commit], ["committed", merged]);
  });

  it("ends where it is perhaps one for long", async () => {
    const failure = await failureOf(wait(() => ({ conflict: "perhaps" })));
    assert.deepEqual([failure.reason, failure.evidence], ["PULL_REQUEST_CONFLICT", first]);
    assert.equal(looks, late - 1, "not at once: the server may be at it still");
  });

  it("gives a server that shows the merge late its time, however long the branch was as before", async () => {
    let merged = "";
    const mutation = await wait((look) => {
      if (look === late - 1) merged = put(after);
      return look > late ? mergedAs(merged) : {};
    });
    assert.deepEqual([mutation.kind, mutation.commit, looks], ["committed", merged, late + 1]);
  });

  it("fetches the one file that it reads", async () => {
    const fetched: (readonly string[] | undefined)[] = [];
    const remote: GitRemote = {
      ...git,
      fetch: async (paths) => {
        fetched.push(paths);
        return git.fetch(paths);
      },
    };
    await wait(
      (look) => {
        if (look === 1) git.commit({ files: { "other.yaml": "a: 2\n" } });
        return look === 2 ? mergedAs(put(after)) : {};
      },
      { remote },
    );
    assert.deepEqual(fetched, [[location.path], [location.path]], "when the branch moved, and at the merge");
  });

  describe("where somebody made the same change by another way", () => {
    it("names the commit that did, not what came after it", async () => {
      let theirs = "";
      const mutation = await wait((look) => {
        if (look === 1) {
          theirs = put(after);
          git.commit({ files: { "other.yaml": "a: 2\n" } });
        }
        return {};
      });
      assert.deepEqual([mutation.kind, mutation.commit], ["unchanged", theirs]);
      const warning = `Commit ${theirs.slice(0, 10)} made the same change: ${first} is not needed any more`;
      assert.deepEqual(log.of("warn"), [warning]);
    });

    it("names the branch's head where that commit lies too far back", async () => {
      let head = "";
      const mutation = await wait((look) => {
        if (look === 1) head = bury(git, after);
        return {};
      });
      assert.deepEqual([mutation.kind, mutation.commit], ["unchanged", head]);
    });
  });

  describe("where somebody changed our value", () => {
    const overruled = (by: string) =>
      `commit ${by.slice(0, 10)} (Ada Lovelace: “Twenty, please”) changed our value`;

    it("names the commit that did, not what came after it", async () => {
      let theirs = "";
      const failure = await failureOf(
        wait((look) => {
          if (look === 1) {
            theirs = put(fileWith("v2", 20), "Twenty, please\n");
            git.commit({ files: { "other.yaml": "a: 2\n" } });
          }
          return {};
        }),
      );
      assert.equal(failure.reason, "SUPERSEDED");
      assert.equal(failure.evidence, `${overruled(theirs)}; ${first} is still open`);
    });

    it("says so, not that the two conflict, where they did between the looks at Git and at the server", async () => {
      let theirs = "";
      const failure = await failureOf(
        wait(() => {
          theirs = put(fileWith("v2", 20), "Twenty, please\n");
          return { conflict: "yes" };
        }),
      );
      assert.equal(failure.reason, "SUPERSEDED");
      assert.equal(failure.evidence, `${overruled(theirs)}; ${first} is still open`);
    });

    it("says that they conflict where our value is as it was", async () => {
      const conflicting = wait(() => {
        put(before.replace("update this", "careful"));
        return { conflict: "yes" };
      });
      const failure = await failureOf(conflicting);
      assert.deepEqual([failure.reason, failure.evidence], ["PULL_REQUEST_CONFLICT", first]);
    });

    it("names the branch's head where that commit lies too far back", async () => {
      let head = "";
      const failure = await failureOf(
        wait((look) => {
          if (look === 1) {
            bury(git, fileWith("v2", 20));
            head = git.commit({ files: { "other.yaml": "a: 2\n" }, message: "Twenty, please\n" });
          }
          return {};
        }),
      );
      assert.equal(failure.reason, "SUPERSEDED");
      assert.equal(failure.evidence, `${overruled(head)}; ${first} is still open`);
    });
  });

  describe("where somebody closed it", () => {
    it("says so, whatever the branch holds by then", async () => {
      const closing = wait((look) => {
        if (look === 1) put(fileWith("v2", 20));
        return look === 2 ? { state: "closed" } : {};
      });
      const failure = await failureOf(closing);
      assert.deepEqual([failure.reason, failure.evidence], ["PULL_REQUEST_CLOSED", first]);
    });

    it("says so without another look at Git, which may be away", async () => {
      const closing = wait(() => {
        git.outage = new Failure("GIT_UNREACHABLE", "no answer");
        return { state: "closed" };
      });
      assert.equal((await failureOf(closing)).reason, "PULL_REQUEST_CLOSED");
      assert.equal(looks, 1);
    });
  });

  it("ends where it was merged with other values than ours", async () => {
    let merged = "";
    const failure = await failureOf(
      wait(() => {
        merged = put(fileWith("v2", 50));
        return mergedAs(merged);
      }),
    );
    assert.equal(failure.reason, "SUPERSEDED");
    assert.equal(
      failure.evidence,
      `${first} was merged as commit ${merged.slice(0, 10)} with percent 50, version v2`,
    );
  });

  it("ends where the merge deleted the file", async () => {
    let merged = "";
    const failure = await failureOf(
      wait(() => {
        merged = put(null);
        return mergedAs(merged);
      }),
    );
    assert.equal(failure.reason, "SUPERSEDED");
    assert.equal(
      failure.evidence,
      `${first} was merged as commit ${merged.slice(0, 10)} with no ${location.path}`,
    );
  });

  describe("when the run is cancelled", () => {
    const goOn =
      "it stays open: merge it and run the same command with --run-id run-1 again, which goes on from there";
    let cancel: AbortController;
    beforeEach(() => {
      cancel = new AbortController();
    });

    async function cancelled(waiting: Promise<unknown>): Promise<void> {
      const { reason, evidence } = await failureOf(waiting);
      assert.deepEqual([reason, evidence], ["CANCELLED", `while waiting for ${first} to be merged; ${goOn}`]);
    }

    it("says how to go on: during a look, which fails of it", async () => {
      const ended = () => {
        cancel.abort();
        throw new Failure("FORGE_AUTH", "the request was ended");
      };
      await cancelled(wait(ended, { signal: cancel.signal }));
    });

    it("says how to go on: during a look, which finds nothing new", async () => {
      const found = () => {
        cancel.abort();
        return {};
      };
      await cancelled(wait(found, { signal: cancel.signal }));
      assert.deepEqual([looks, clock.slept], [1, []]);
    });

    it("says how to go on: between two looks, and takes no other", async () => {
      const sleep = clock.sleep;
      clock.sleep = (ms, signal) => {
        const asleep = sleep(ms, signal);
        cancel.abort();
        return asleep;
      };
      const start = clock.now();
      await cancelled(wait(() => ({}), { signal: cancel.signal }));
      assert.deepEqual([looks, clock.now()], [1, start], "it does not sleep on");
    });

    it("takes a merge that the look finds", async () => {
      const found = () => {
        cancel.abort();
        return mergedAs(put(after));
      };
      assert.equal((await wait(found, { signal: cancel.signal })).kind, "committed");
    });
  });
});
