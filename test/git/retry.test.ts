import assert from "node:assert/strict";
import type { Cluster } from "../../src/ports.ts";
import { mutate } from "../../src/steps/mutate.ts";
import { worldIn } from "../core/states.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import { failureOf, fileWith, location, requestOf } from "../steps/builders.ts";
import { password, remoteOf, testClock, testLog, user } from "./support.ts";

const request = requestOf("promote", { run: "run-7" });
const staged = fileWith("v2", 0);
const { path } = location;
/** Seconds since the epoch. */
const now = () => Math.floor(Date.now() / 1000);

describe("a run that was killed after its push, and is tried again", function () {
  this.timeout(60_000);
  let server: GitServer;
  beforeEach(async () => {
    server = await startGitServer({ files: { [path]: staged, "other.txt": "0\n" }, user, password });
  });
  afterEach(() => server.stop());

  /** In a pod of its own, with nothing left of the one before. */
  async function attempt(run = request) {
    const [clock, log] = [testClock(), testLog()];
    const git = await remoteOf(server, { clock, log });
    const world = worldIn("S3");
    const cluster: Cluster = { read: async () => world, async *watch() {} };
    return mutate({ cluster, git, clock, log, random: () => 0.5 }, run, new AbortController().signal);
  }
  function fetches(): number {
    return server.requests.filter(({ method }) => method === "POST").length;
  }
  function others(count: number, time = now()) {
    const changes = Array.from({ length: count }, (_, index) => ({
      files: { "other.txt": `${index + 1}\n` },
      message: `Other ${index + 1}\n`,
      time,
    }));
    return server.commitMany(changes);
  }

  for (const filters of [true, false]) {
    it(`leaves alone what somebody decided meanwhile (a server ${filters ? "with" : "without"} filters)`, async () => {
      await server.git(["config", "uploadpack.allowFilter", String(filters)]);
      const own = (await attempt()).mutation.commit ?? "";
      const theirs = await server.commitAsOther({ [path]: staged }, "Not tonight\n");

      const failure = await failureOf(attempt());

      assert.equal(failure.reason, "SUPERSEDED");
      assert.match(
        failure.evidence,
        new RegExp(`^commit ${theirs.slice(0, 10)} \\(Somebody Else: “Not tonight”\\)`),
      );
      assert.match(failure.evidence, new RegExp(`own commit ${own.slice(0, 10)}$`));
      assert.equal(await server.head(), theirs);
    });
  }

  it("finds its commit behind hundreds of others", async () => {
    await attempt();
    await others(300);
    await server.commitAsOther({ [path]: staged }, "Not tonight\n");
    await others(300);

    assert.equal((await failureOf(attempt())).reason, "SUPERSEDED");
  });

  it("finds it beside the first parents, where somebody pulled it into a work of their own", async () => {
    const identity = ["-c", "user.name=x", "-c", "user.email=x@x"];
    const base = await server.head();
    const own = (await attempt()).mutation.commit ?? "";
    const tree = (await server.git(["rev-parse", `${base}^{tree}`])).trim();
    const theirs = await server.git([...identity, "commit-tree", "-p", base, "-m", "Not tonight", tree]);
    const merge = await server.git([
      ...identity,
      "commit-tree",
      "-p",
      theirs.trim(),
      "-p",
      own,
      "-m",
      "Merge",
      tree,
    ]);
    await server.git(["update-ref", "refs/heads/main", merge.trim()]);

    assert.equal((await failureOf(attempt())).reason, "SUPERSEDED");
  });

  it("looks at the commits of a week, by one request, which also tells that there are none", async () => {
    await others(400, now() - 8 * 86_400);
    const requests = async (changes: object) => {
      await server.commitAsOther({ [path]: staged }, "Not tonight\n");
      const before = fetches();
      const { mutation } = await attempt({ ...request, ...changes });
      assert.equal(mutation.kind, "committed");
      return fetches() - before;
    };
    const least = await requests({ run: "run-1", isNew: true });
    assert.equal(await requests({ run: "run-2" }), least + 1);
    await server.git(["update-ref", "refs/heads/main", "main~4"]);
    const before = fetches();
    await attempt({ ...request, run: "run-3" });
    // An old date alone tells nothing: somebody's clock may be wrong, and younger commits lie behind it.
    assert.equal(fetches() - before, least + 1);
  });

  it("gives up after a thousand commits, however young", async () => {
    await attempt();
    await server.commitAsOther({ [path]: staged }, "Not tonight\n");
    await others(1_000);

    assert.equal((await attempt()).mutation.kind, "committed");
  });
});
