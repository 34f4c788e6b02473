/** A colleague's plain `git pull` (merge) makes their own old commit the first parent; the run's commits the second. */
import assert from "node:assert/strict";
import type { GitRemote } from "../../../src/ports.ts";
import { prepare } from "../../../src/steps/mutate/prepare.ts";
import { mutate } from "../../../src/steps/mutate.ts";
import { r23, r24, worldIn } from "../../core/states.ts";
import { password, remoteOf, user } from "../../git/support.ts";
import { type GitServer, startGitServer } from "../../sandbox/git/server.ts";
import { failureOf, fileWith, location, requestOf } from "../builders.ts";
import { createClock, createCluster, createLog } from "../fakes.ts";

const never = new AbortController().signal;

describe("after a colleague's git pull, which merges", () => {
  let server: GitServer;
  let git: GitRemote;
  let local = "";

  beforeEach(async () => {
    server = await startGitServer({
      files: { "README.md": "x\n", [location.path]: fileWith("v1", 100) },
      user,
      password,
    });
    await server.commitAsOther({ [location.path]: fileWith("v2", 0) }, "Stage v2\n");
    // Not pushed yet: made in the colleague's clone before the run.
    local = await commit("refs/heads/main", { "README.md": "y\n" }, [await server.head()], "Docs\n");
    git = await remoteOf(server);
  });
  afterEach(() => server.stop());

  async function commit(
    from: string,
    files: Readonly<Record<string, string>>,
    parents: readonly string[],
    message: string,
  ): Promise<string> {
    await server.git(["read-tree", from]);
    for (const [path, text] of Object.entries(files)) {
      const blob = (await server.git(["hash-object", "-w", "--stdin"], text)).trim();
      await server.git(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
    }
    const tree = (await server.git(["write-tree"])).trim();
    const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    const args = [...who, "commit-tree", tree, ...parents.flatMap((each) => ["-p", each])];
    return (await server.git(args, message)).trim();
  }
  /** `git pull` and `git push`. */
  async function pullAndPush(): Promise<string> {
    const theirs = await server.head();
    const merge = await commit(
      theirs,
      { "README.md": "y\n" },
      [local, theirs],
      "Merge branch 'main' of gitea\n",
    );
    await server.git(["update-ref", "refs/heads/main", merge, theirs]);
    return merge;
  }
  function run(
    state: string,
    request: Parameters<typeof requestOf>[1],
    action: "promote" | "rollback" = "promote",
  ) {
    const clock = createClock({ start: Date.now() });
    const cluster = createCluster(clock, [{ at: 0, value: worldIn(state) }]);
    const ports = { cluster, git, clock, log: createLog(), random: () => 0.5 };
    return mutate(ports, requestOf(action, request), never);
  }
  const text = () => server.git(["cat-file", "blob", `refs/heads/main:${location.path}`]);

  it("a retry does not promote over the colleague's decision", async () => {
    await run("S3", {});
    const merge = await pullAndPush();
    const back = await commit(merge, { [location.path]: fileWith("v2", 0) }, [merge], "No v2 today\n");
    await server.git(["update-ref", "refs/heads/main", back]);

    const failure = await failureOf(run("S6", {}));

    assert.equal(failure.reason, "SUPERSEDED");
    assert.equal(await server.head(), back);
  });

  it("a retry does not promote again what this run rolled back", async () => {
    const guard = { once: true };
    await run("S3", { guard });
    await run("S5", { guard: { undoRun: "run-1" } }, "rollback");
    assert.equal(await text(), fileWith("v2", 0));
    const merge = await pullAndPush();

    const failure = await failureOf(run("S6", { guard }));

    assert.ok(["RUN_ROLLED_BACK", "SUPERSEDED"].includes(failure.reason), failure.reason);
    assert.equal(await server.head(), merge);
  });

  it("the automatic rollback still knows the run's own promote", async () => {
    await run("S3", {});
    await pullAndPush();
    await run("S5", { guard: { undoRun: "run-1" } }, "rollback");
    assert.equal(await text(), fileWith("v2", 0));
  });

  it("a rollback is still held to the revision that was live, and nothing older is restored", async () => {
    await server.commitAsOther({ [location.path]: fileWith("v2", 100) }, "Promote v2\n");
    await server.commitAsOther({ [location.path]: fileWith("v3", 0) }, "Stage v3\n");
    const look = async (restore: boolean) => {
      const request = requestOf("rollback", { intent: { action: "rollback", sets: [], restore } });
      return prepare(request, await git.fetch(), worldIn("S13"));
    };
    const summary = async () => {
      const [plain, restoring] = [await look(false), await look(true)];
      const findings = restoring.kind === "commit" ? restoring.findings.map(({ reason }) => reason) : [];
      return [
        plain.kind,
        plain.expectation.active,
        restoring.intent.action,
        restoring.intent.version,
        ...findings,
      ];
    };
    const before = await summary();
    await pullAndPush();
    assert.deepEqual(await summary(), before);
  });

  it("a rollback goes where it went before the merge: what percent 0 means did not change", async () => {
    await server.commitAsOther({ [location.path]: fileWith("v2", 100) }, "Promote v2\n");
    await server.commitAsOther({ [location.path]: fileWith("v3", 0) }, "Stage v3\n");
    // As KServe has it after two promotes: v1 was live before v2.
    const s13 = worldIn("S13", { previousRolledout: r23 });
    const revisions = s13.revisions.map((each) => ({ ...each, ready: { status: "True" as const } }));
    const world = { ...s13, revisions };
    const active = async () =>
      (await prepare(requestOf("rollback"), await git.fetch(), world)).expectation.active;
    const before = await active();
    await pullAndPush();
    assert.deepEqual([before, await active()], [r24, r24]);
  });

  it("a retry still knows its own commit, so that it can be undone", async () => {
    await run("S3", {});
    await pullAndPush();
    const { mutation } = await run("S5", {});
    assert.equal(mutation.kind, "resumed");
  });
});
