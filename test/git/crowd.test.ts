import assert from "node:assert/strict";
import { startGitServer } from "../sandbox/git/server.ts";
import { fileWith } from "../steps/builders.ts";
import { crowdFiles, modelPath, runOf } from "./crowd.ts";
import { changedBy, password, user } from "./support.ts";

const count = 50;

describe("many runs at once on one branch", () => {
  it(`all land, each exactly once: ${count} runs, ${count} models`, async () => {
    const server = await startGitServer({ files: crowdFiles(count), user, password });
    try {
      const states = await Promise.all(
        Array.from({ length: count }, (_, number) => runOf(server, number, 600_000)),
      );
      assert.ok(states.every(({ mutation }) => mutation.kind === "committed"));
      const log = await server.log();
      assert.equal(log.length, count + 1);
      const pushed = new Set(states.map(({ mutation }) => mutation.commit));
      assert.deepEqual(new Set(log.slice(0, -1).map(({ commit }) => commit)), pushed);
      for (const number of states.keys())
        assert.equal(
          await server.git(["cat-file", "blob", `main:${modelPath(number)}`]),
          fileWith("v2", 100),
        );
      for (const [number, { mutation }] of states.entries())
        if (number % 10 === 0)
          assert.deepEqual(await changedBy(server, mutation.commit ?? ""), [`M ${modelPath(number)}`]);
    } finally {
      await server.stop();
    }
  }).timeout(600_000);
});
