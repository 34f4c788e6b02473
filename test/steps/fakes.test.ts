import assert from "node:assert/strict";
import { createClock, createGit, settled } from "./fakes.ts";

// What the tests of the steps stand on must keep the ports' word itself.
describe("the outside world in memory", () => {
  it("has a clock that moves only when told", async () => {
    const clock = createClock({ start: 0, auto: false });
    const woken: string[] = [];
    void clock.sleep(30).then(() => woken.push(`b at ${clock.now()}`));
    void clock.sleep(10).then(async () => {
      woken.push(`a at ${clock.now()}`);
      await clock.sleep(10);
      woken.push(`c at ${clock.now()}`);
    });
    await settled();
    assert.deepEqual(woken, []);

    await clock.advance(25);
    assert.deepEqual([...woken, clock.now(), clock.sleeping], ["a at 10", "c at 20", 25, 1]);
    await clock.advance(5);
    assert.deepEqual([woken[2], clock.now(), clock.sleeping], ["b at 30", 30, 0]);
  });

  it("has a clock that moves by itself when everybody sleeps", async () => {
    const clock = createClock({ start: 0 });
    const stop = new AbortController();
    void clock.sleep(5_000).then(() => stop.abort());
    await clock.sleep(3_600_000, stop.signal);
    assert.equal(clock.now(), 5_000);
    await clock.sleep(1, stop.signal);
    assert.deepEqual([clock.now(), clock.sleeping], [5_000, 0]);
  });

  it("has a remote that compares before it swaps, and keeps history", async () => {
    const git = createGit({ a: "1" });
    const base = await git.fetch();
    const theirs = git.commit({ files: { b: "1" } });
    const change = { files: new Map([["a", new TextEncoder().encode("2")]]), message: "ours" };

    assert.equal((await git.push(base, change)).kind, "overtaken");
    assert.equal(git.text("a"), "1");
    const pushed = await git.push(await git.fetch(), change);
    assert.ok(pushed.kind === "pushed");

    assert.deepEqual([git.text("a"), git.text("b"), await git.head()], ["2", "1", pushed.commit]);
    assert.equal(await git.isDescendant(pushed.commit, theirs), true);
    assert.equal(await git.isDescendant(theirs, pushed.commit), false);
    const versions: string[] = [];
    for await (const { commit } of (await git.fetch()).fileHistory("a")) versions.push(commit);
    assert.deepEqual(versions, [pushed.commit, base.commit]);
    assert.deepEqual(await base.readFile("b"), undefined);
  });
});
