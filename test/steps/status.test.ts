import assert from "node:assert/strict";
import { commitMessage } from "../../src/core/commit/message.ts";
import { pin } from "../../src/core/expectation.ts";
import type { Action } from "../../src/core/intent.ts";
import type { World } from "../../src/core/world.ts";
import { Failure } from "../../src/errors/failure.ts";
import type { QueryAnswer } from "../../src/ports.ts";
import { describeStatus, statusAsJson } from "../../src/report/status.ts";
import { ask, askSamples, type Sources, statusOf } from "../../src/steps/status.ts";
import { falseReadings, r23, r24, r25, serviceIn, worldIn, worldOf } from "../core/states.ts";
import { fileWith, intentOf, location, ref, requestOf } from "./builders.ts";
import { createClock, createGit, createMetrics, type OtherCommit } from "./fakes.ts";

const unasked = { kind: "unasked" } as const;

function commitOf(action: Action, state: string, text: string): OtherCommit {
  const message = commitMessage(requestOf(action), { percent: 0 }, pin(intentOf(action), worldIn(state)));
  return { files: { [location.path]: text }, message };
}

async function look(world: World, commits: readonly OtherCommit[], more: Partial<Sources> = {}) {
  const git = createGit({ "README.md": "x" });
  for (const commit of commits) git.commit(commit);
  const snapshot = { kind: "told", value: await git.fetch() } as const;
  const status = await statusOf({ service: ref, location }, { world, snapshot, samples: unasked, ...more });
  const json = JSON.parse(JSON.stringify(statusAsJson(status)));
  return { status, json, text: describeStatus(status).join("\n") };
}

describe("the status of a model", () => {
  it("staged: who serves, who waits, and what promote would do", async () => {
    const { text, json } = await look(worldIn("S3"), [commitOf("stage", "S1", fileWith("v2", 0))]);
    assert.match(
      text,
      new RegExp(`^user1-test/jukebox: ${r23} has all the traffic; percent 0, READY=True$`, "m"),
    );
    assert.match(text, new RegExp(`^ {2}${r23} {2}serving {2}100 % {4}v1 {5}– {6}1/1$`, "m"));
    assert.match(text, new RegExp(`^ {2}${r24} {2}standby {2}0 % `, "m"));
    assert.match(text, /^ {2}Git holds percent 0, model v2$/m);
    assert.match(text, /^ {2}Last commit of bluegreen: [0-9a-f]{10}, stage, in force$/m);
    assert.match(
      text,
      new RegExp(`^ {2}promote would commit percent 0 → 100: all the traffic to ${r24}$`, "m"),
    );
    assert.match(text, new RegExp(`^ {2}rollback would commit nothing, and prove that ${r23} has`, "m"));
    assert.match(text, new RegExp(`^ {2}Active ${r23}: warm, replicas: 1 ready`, "m"));
    assert.match(text, new RegExp(`^ {2}Standby ${r24}: warm, replicas: 1 ready`, "m"));
    assert.doesNotMatch(text, /Misleading/);
    assert.equal(json.git.lastCommit.inForce, true);
    assert.equal(json.git.next.promote.commit, true);
    assert.deepEqual(json.git.next.promote.findings, []);
    assert.deepEqual(json.traffic, { [r24]: 0, [r23]: 100 });
  });

  it("with green not ready: every refusal of a promote, by the pre-flight's own words", async () => {
    const { text, json } = await look(worldIn("S2"), [commitOf("stage", "S1", fileWith("v9", 0))]);
    for (const reason of ["GREEN_NOT_READY", "NOTHING_STAGED", "STAGED_VERSION_DIFFERS"])
      assert.match(text, new RegExp(`^ {2}promote would be refused, ${reason}: `, "m"));
    assert.match(text, /stage, not in force: /);
    assert.equal(json.git.next.promote.findings[0].reason, "GREEN_NOT_READY");
  });

  it("split: both shares", async () => {
    const { text } = await look(worldIn("S4"), [{ files: { [location.path]: fileWith("v2", 20) } }]);
    assert.match(text, new RegExp(`the traffic is split, ${r24} 20 %, ${r23} 80 %; percent 20`));
    assert.match(text, /Last commit of bluegreen: none found/);
  });

  it("names who changed the values after the last commit of bluegreen", async () => {
    const { text, json } = await look(worldIn("S5"), [
      commitOf("stage", "S1", fileWith("v2", 0)),
      { files: { [location.path]: fileWith("v2", 100) }, message: "By hand" },
      { files: { [location.path]: `${fileWith("v2", 100)}# more\n` } },
    ]);
    assert.match(text, /stage; the values were changed since by [0-9a-f]{10} \(Ada Lovelace: “By hand”\)$/m);
    assert.equal(json.git.lastCommit.inForce, null);
  });

  it("a commit of others that left the values as they were overrules nothing", async () => {
    const { text, json } = await look(worldIn("S3"), [
      commitOf("stage", "S1", fileWith("v2", 0)),
      { files: { [location.path]: `# more\n${fileWith("v2", 0)}` }, message: "By hand" },
    ]);
    assert.match(text, /stage, in force$/m);
    assert.equal(json.git.lastCommit.inForce, true);
  });

  it("looks for a commit of ours in a hundred versions of the file, and not in all of a long history", async () => {
    const git = createGit({ [location.path]: fileWith("v2", 0) });
    const snapshot = await git.fetch();
    const content = await snapshot.readFile(location.path);
    const read: number[] = [];
    async function* fileHistory() {
      const own = read.push(0) - 1;
      for (let at = 0; at < 600; at += 1) {
        read[own] = at + 1;
        yield { ...snapshot, commit: at.toString(16).padStart(40, "0"), merges: [], content };
      }
    }
    const told = { kind: "told", value: { ...snapshot, fileHistory } } as const;
    const { status } = await look(worldIn("S3"), [], { snapshot: told });
    assert.ok(status.git.kind === "told");
    assert.equal(status.git.value.lastCommit, undefined);
    assert.ok(read.includes(100), read.join());
  });

  it("says what two revisions hold, and nothing of those that are neither live nor next", async () => {
    const { json } = await look(worldOf(serviceIn("S11"), [r23, r24, r25]), []);
    assert.deepEqual(
      json.holdings.map(({ revision }: { revision: string }) => revision),
      [r25, r24],
    );
  });

  it("a commit of ours that left the values as they were is the last all the same", async () => {
    const { text } = await look(worldIn("S3"), [
      { files: { [location.path]: fileWith("v2", 0) }, message: "By hand" },
      commitOf("stage", "S1", `${fileWith("v2", 0)}replicas: 2\n`),
    ]);
    assert.match(text, /stage, in force$/m);
  });

  it("says of a commit without names that it tells none", async () => {
    const message = "x\n\nBluegreen-Action: promote\nBluegreen-Service: user1-test/jukebox\n";
    const { text } = await look(worldIn("S5"), [
      { files: { [location.path]: fileWith("v2", 100) }, message },
    ]);
    assert.match(text, /promote; it does not tell which revision it meant$/m);
  });

  it("tells T5 by what the stage's commit pinned", async () => {
    const { text, json } = await look(falseReadings.T5, [commitOf("stage", "S5", fileWith("v3", 0))]);
    assert.match(text, /^ {2}Misleading \(T5\): the stage moved the traffic/m);
    assert.deepEqual(
      json.readings.map(({ id }: { id: string }) => id),
      ["T5"],
    );
  });

  it("before the first deployment, in raw mode, and before anything is routed", async () => {
    const commits = [{ files: { [location.path]: fileWith("v1", 0) } }];
    const missing = await look({ revisions: [], pods: [] }, commits);
    assert.match(missing.text, /^user1-test\/jukebox: there is no such InferenceService$/m);
    assert.match(missing.text, /rollback would end with SERVICE_MISSING: /);
    assert.equal(missing.json.exists, false);
    assert.equal(missing.json.git.next.rollback.reason, "SERVICE_MISSING");
    const raw = await look(worldIn("S1", { mode: "Standard" }), commits);
    assert.match(raw.text, /runs in Standard mode/);
    assert.match((await look(worldIn("S0"), commits)).text, /nothing is routed yet; percent unset/);
  });

  it("says what it cannot tell, and why", async () => {
    const world = worldIn("S1");
    const nothing = await look(world, [], { snapshot: unasked });
    assert.match(nothing.text, /^ {2}Not told without --git-url: /m);
    assert.match(nothing.text, /^ {2}Not told without --prometheus-url: /m);
    assert.deepEqual([nothing.json.git, nothing.json.rates], [null, null]);
    const failed = {
      snapshot: { kind: "failed", failure: new Failure("GIT_AUTH", "no") },
      samples: { kind: "failed", failure: new Failure("METRICS_UNREACHABLE", "down") },
    } as const;
    const { text, json } = await look(world, [], failed);
    assert.match(text, /^ {2}Git is not known: GIT_AUTH: .*: no$/m);
    assert.match(text, /^ {2}Requests per second are not known: METRICS_UNREACHABLE: .*: down$/m);
    assert.deepEqual([json.git.exitCode, json.rates.exitCode], [27, 26]);
    const absent = await look(world, []);
    assert.match(
      absent.text,
      /Git is not known: EDIT_FILE_MISSING: .*: model-\S+config\.yaml at commit [0-9a-f]{10}$/m,
    );
  });

  it("shows requests per second of each revision", async () => {
    const clock = createClock();
    const pods = [
      { pod: `${r24}-deployment-5c9f-x`, requests: (time: number) => time * 8 },
      { pod: `${r23}-deployment-5c9f-x`, requests: () => 3 },
    ];
    const metrics = createMetrics(clock, pods);
    const samples = await askSamples({ metrics, clock }, { service: ref }, worldIn("S5"));
    const { text, json } = await look(worldIn("S5"), [], { samples });
    assert.match(text, new RegExp(`^ {2}${r24} .* 8\\.0$`, "m"));
    assert.match(text, new RegExp(`^ {2}${r23} .* 0\\.0$`, "m"));
    assert.equal(Math.round(json.revisions[0].requestsPerSecond), 8);
  });

  it("knows no rate without samples, and says so", async () => {
    const samples = { kind: "told", value: { series: [], warnings: [] } as QueryAnswer } as const;
    const { text } = await look(worldIn("S5"), [], { samples });
    assert.match(text, /no two fresh samples of any pod/);
    assert.match(text, new RegExp(`^ {2}${r24} .* –$`, "m"));
  });

  it("shows no control character of the outside", async () => {
    const evil = "v2\u001b[2J\u202e";
    const world = worldIn("S3");
    const revisions = world.revisions.map((each) => ({ ...each, sourceUri: `oci://x/y:${evil}` }));
    const { text } = await look({ ...world, revisions }, [commitOf("stage", "S1", fileWith("v2", 0))]);
    for (const line of text.split("\n")) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
  });
});

describe("a question that may fail", () => {
  it("gives the failure, and throws a bug", async () => {
    const failure = new Failure("GIT_AUTH", "no");
    assert.deepEqual(await ask(() => Promise.reject(failure)), { kind: "failed", failure });
    await assert.rejects(
      ask(() => Promise.reject(new TypeError("bug"))),
      TypeError,
    );
  });
});
