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

  it("looks back over a week and no further: one look of a history that nothing else happened in", async () => {
    await others(400, now() - 8 * 86_400);
    const before = fetches();
    await attempt({ ...request, isNew: true });
    const without = fetches() - before;
    await server.commitAsOther({ [path]: staged }, "Not tonight\n");

    assert.equal((await attempt(requestOf("promote", { run: "run-8" }))).mutation.kind, "committed");

    assert.ok(fetches() - before - 2 * without <= 3, `${fetches() - before - 2 * without} requests more`);
  });

  it("gives up after a thousand commits, however young", async () => {
    await attempt();
    await server.commitAsOther({ [path]: staged }, "Not tonight\n");
    await others(1_000);

    assert.equal((await attempt()).mutation.kind, "committed");
  });
});
