import assert from "node:assert/strict";
import type { ApplicationReading } from "../../src/core/application.ts";
import type { Expectation } from "../../src/core/expectation.ts";
import { isvcRow } from "../../src/core/isvc.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { World } from "../../src/core/world.ts";
import { Failure } from "../../src/errors/failure.ts";
import type { GitOps, Happenings } from "../../src/ports.ts";
import { type AwaitLimits, awaitRollout } from "../../src/steps/await.ts";
import { falseReadings, r23, r24, readyPod, worldIn, worldOf } from "../core/states.ts";
import { fileWith, location, stateOf } from "./builders.ts";
import {
  createClock,
  createCluster,
  createGit,
  createGitOps,
  createLog,
  type MemoryGit,
  type Scene,
  settled,
  type VirtualClock,
} from "./fakes.ts";

const limits: AwaitLimits = {
  timeoutMs: 1_800_000,
  syncTimeoutMs: 360_000,
  syncGraceMs: 30_000,
  branchIntervalMs: 15_000,
};

interface Setting {
  readonly clock: VirtualClock;
  readonly git: MemoryGit;
  /** Our commit. */
  readonly commit: string;
}

interface Options {
  readonly worlds: readonly Scene<World>[];
  /** What a look shows, where the watch lags; as the watch if absent. */
  readonly reads?: readonly Scene<World>[];
  readonly applications?: (setting: Setting) => readonly Scene<ApplicationReading>[];
  readonly refreshing?: Failure | "refused";
  readonly happenings?: Happenings;
  readonly expected?: Partial<Expectation>;
  readonly state?: Partial<RunState>;
  /** Of our commit; `committed` by default. */
  readonly kind?: RunState["mutation"]["kind"];
  readonly limits?: Partial<AwaitLimits>;
  readonly signal?: AbortSignal;
  readonly prepare?: (setting: Setting) => void;
}

/** A promote was committed; what follows is the script's. */
async function follow(options: Options) {
  const clock = createClock();
  const start = clock.now();
  const git = createGit({ [location.path]: fileWith("v2", 0) });
  const commit = git.commit({ files: { [location.path]: fileWith("v2", 100) }, message: "Promote" });
  const setting = { clock, git, commit };
  const log = createLog();
  const cluster = createCluster(clock, options.worlds);
  if (options.reads !== undefined) cluster.read = createCluster(clock, options.reads).read;
  const gitops =
    options.applications && createGitOps(clock, options.applications(setting), options.refreshing);
  const state = stateOf(
    { mutation: { kind: options.kind ?? "committed", commit, at: start }, ...options.state },
    options.expected,
  );
  options.prepare?.(setting);
  const next = await awaitRollout(
    { cluster, git, gitops, happenings: options.happenings, clock, log },
    state,
    { ...limits, ...options.limits },
    options.signal ?? new AbortController().signal,
  );
  await settled();
  const idle = clock.sleeping === 0 && cluster.watching === 0 && (gitops?.watching ?? 0) === 0;
  return { ...setting, state, next, log, gitops, idle, tookMs: clock.now() - start };
}

/** Does `act` when the clock has come to `at` milliseconds after its start. */
function later(clock: VirtualClock, at: number, act: () => void): void {
  void clock.sleep(at).then(act);
}

function troubleOf(state: RunState): string {
  const { trouble } = state.rollout ?? {};
  return trouble === undefined ? "none" : `${trouble.reason}: ${trouble.evidence}`;
}

function application(changes: Partial<ApplicationReading>): ApplicationReading {
  return { syncStatus: "Synced", revisions: [], repositories: [], conditions: [], ...changes };
}

const s3 = worldIn("S3");
const s5 = worldIn("S5");
const rollback: Partial<Expectation> = { action: "rollback", percent: 0, active: r23, standby: r24 };
const unreachable = new Failure("CLUSTER_UNREACHABLE", "connect ECONNREFUSED");
const notReady = worldIn("S5", { conditions: { ...s5.service.conditions, Ready: { status: "Unknown" } } });

describe("await", () => {
  describe("of a watch that lags", () => {
    const synced = ({ commit }: Setting) => [{ at: 1_000, value: application({ revisions: [commit] }) }];

    it("looks once more before it calls a rollout failed, and goes on by what it sees", async () => {
      for (const [reads, took] of [
        [[{ at: 0, value: s5 }], 31_000],
        [[{ at: 0, value: notReady }], 40_000],
      ] as const) {
        const { next, tookMs } = await follow({
          worlds: [
            { at: 0, value: s3 },
            { at: 40_000, value: s5 },
          ],
          reads,
          applications: synced,
        });
        assert.deepEqual([troubleOf(next), tookMs], ["none", took]);
      }
    });

    it("calls it failed where that look shows the same", async () => {
      const { next, tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        reads: [{ at: 0, value: s3 }],
        applications: synced,
      });
      assert.match(
        troubleOf(next),
        /^CHART_IGNORES_KEY: .* Argo CD has synced our commit for 30 s, and spec/,
      );
      assert.equal(tookMs, 31_000);
    });

    it("calls nothing failed while the API does not answer, and looks again until it does", async () => {
      for (const [value, expected] of [
        [s5, /^none$/],
        [s3, /^CHART_IGNORES_KEY: .* Argo CD has synced our commit for 45 s, and spec/],
      ] as const) {
        const { next, tookMs } = await follow({
          worlds: [{ at: 0, value: s3 }],
          reads: [
            { at: 0, trouble: unreachable },
            { at: 46_000, value },
          ],
          applications: synced,
        });
        assert.match(troubleOf(next), expected);
        assert.equal(tookMs, 46_000);
      }
      const { next } = await follow({
        worlds: [{ at: 0, value: s3 }],
        reads: [{ at: 0, trouble: unreachable }],
        applications: synced,
      });
      assert.equal(troubleOf(next), "CLUSTER_UNREACHABLE: connect ECONNREFUSED");
    });

    it("lets no bug pass for a look that shows nothing", async () => {
      const reads = [{ at: 0, broken: new TypeError("x is not a function") as Failure }];
      await assert.rejects(
        follow({ worlds: [{ at: 0, value: s3 }], reads, applications: synced }),
        TypeError,
      );
    });
  });

  it("ends when the pinned revision has the traffic", async () => {
    const { next, state, idle, log } = await follow({
      worlds: [
        { at: 0, value: s3 },
        { at: 5_400, value: notReady },
        { at: 7_250, value: s5 },
      ],
    });

    const start = state.startedAt;
    assert.deepEqual(next, {
      ...state,
      rollout: {
        startedAt: start,
        endedAt: start + 7_250,
        cutOverAt: start + 7_250,
        active: r24,
        standby: r23,
        notes: [],
        holdings: [
          {
            role: "active",
            revision: r24,
            warmth: "warm",
            routed: true,
            replicas: { ready: 1, unready: 0, ending: 0 },
            requests: {},
          },
          {
            role: "standby",
            revision: r23,
            warmth: "cold",
            routed: false,
            replicas: { ready: 0, unready: 0, ending: 0 },
            requests: {},
          },
        ],
        service: isvcRow(s5.service),
      },
      verdict: undefined,
    });
    assert.deepEqual(log.of("info"), [
      "Waiting: spec.predictor.canaryTrafficPercent is 0, wanted 100",
      "Waiting: the InferenceService is not Ready",
    ]);
    assert.ok(idle);
  });

  it("drops the verdict of an earlier attempt", async () => {
    const verdict = { startedAt: 1, endedAt: 2, summary: "3 requests" };
    for (const value of [s5, worldIn("S5", { mode: "Standard" })]) {
      const { next } = await follow({ worlds: [{ at: 0, value }], state: { verdict } });
      assert.equal(next.verdict, undefined);
    }
  });

  it("says what the colours held when it ended, unless it could not see", async () => {
    const stuck = [{ at: 0, value: notReady }];
    const { next } = await follow({ worlds: stuck });
    assert.deepEqual(
      next.rollout?.holdings?.map(({ revision, warmth }) => [revision, warmth]),
      [
        [r24, "warm"],
        [r23, "cold"],
      ],
    );
    const blind = await follow({ worlds: [...stuck, { at: 10_000, trouble: unreachable }] });
    assert.equal(blind.next.rollout?.holdings, undefined);
    assert.deepEqual(blind.next.rollout?.service, isvcRow(notReady.service), "as it was seen last");
    for (const { rollout } of [next, blind.next]) assert.deepEqual(rollout?.notes, []);
  });

  it("reports a cold active revision as a note", async () => {
    const cold = worldOf({ ...s5.service, minReplicas: 0 }, []);
    const { next } = await follow({ worlds: [{ at: 0, value: cold }] });
    assert.match(next.rollout?.notes.join() ?? "", /is cold/);
    assert.equal(troubleOf(next), "none");
  });

  it("logs one line per change and a heartbeat every 15 s", async () => {
    const { log } = await follow({
      worlds: [
        { at: 0, value: s3 },
        { at: 40_000, value: notReady },
        { at: 52_000, value: s5 },
      ],
    });

    assert.deepEqual(log.of("info"), [
      "Waiting: spec.predictor.canaryTrafficPercent is 0, wanted 100",
      "Still waiting after 15 s: spec.predictor.canaryTrafficPercent is 0, wanted 100",
      "Still waiting after 30 s: spec.predictor.canaryTrafficPercent is 0, wanted 100",
      "Waiting: the InferenceService is not Ready",
    ]);
  });

  describe("the edit", () => {
    it("that never reaches the live object is found by its own deadline", async () => {
      const { next, tookMs, idle } = await follow({ worlds: [{ at: 0, value: s3 }] });

      assert.equal(
        troubleOf(next),
        "EDIT_NOT_REACHED: after 360 s spec.predictor.canaryTrafficPercent is 0, wanted 100",
      );
      assert.equal(tookMs, limits.syncTimeoutMs);
      assert.ok(idle);
    });

    it("that Argo CD has synced in vain is found after the grace", async () => {
      const { next, tookMs, gitops } = await follow({
        worlds: [{ at: 0, value: s3 }],
        applications: ({ commit }) => [
          { at: 0, value: application({ syncStatus: "OutOfSync", revisions: ["f".repeat(40)] }) },
          { at: 20_000, value: application({ revisions: [commit] }) },
          { at: 35_000, value: application({ revisions: [commit], healthStatus: "Healthy" }) },
        ],
      });

      assert.equal(
        troubleOf(next),
        "CHART_IGNORES_KEY: the chart was given model-deployments/test/jukebox/config.yaml; Argo CD has synced our commit for 30 s, and spec.predictor.canaryTrafficPercent is 0, wanted 100",
      );
      assert.equal(tookMs, 50_000);
      assert.equal(gitops?.refreshes, 1);
    });

    it("counts as taken by a later commit that contains it", async () => {
      let descendant = "";
      const { next, tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        applications: ({ git }) => {
          descendant = git.commit({ files: { other: "x" } });
          return [{ at: 0, value: application({ revisions: [descendant] }) }];
        },
      });

      assert.match(troubleOf(next), /^CHART_IGNORES_KEY: .*; Argo CD has synced our commit for 30 s/);
      assert.equal(tookMs, 30_000);
    });

    const notTaken: Readonly<Record<string, (setting: Setting) => Partial<ApplicationReading>>> = {
      "an earlier commit": ({ git, commit }) => ({ revisions: [git.look(commit).parent ?? ""] }),
      "a commit of the chart's repository": () => ({ revisions: ["c".repeat(40)] }),
      "a commit that is not synced": ({ commit }) => ({ revisions: [commit], syncStatus: "OutOfSync" }),
      "a commit whose sync is under way": ({ commit }) => ({
        revisions: [commit],
        operationPhase: "Running",
      }),
      "our commit, as another repository's": ({ git, commit }) => ({
        revisions: [commit, git.look(commit).parent ?? ""],
        repositories: ["https://gitea.example.com/user1/charts.git", git.url],
      }),
    };
    for (const [what, of] of Object.entries(notTaken)) {
      it(`is not taken by ${what}`, async () => {
        const { next, tookMs } = await follow({
          worlds: [{ at: 0, value: s3 }],
          applications: (setting) => [{ at: 0, value: application(of(setting)) }],
        });
        assert.match(troubleOf(next), /^EDIT_NOT_REACHED: after 360 s/);
        assert.equal(tookMs, limits.syncTimeoutMs);
      });
    }

    it("is not taken for as long as Git cannot tell", async () => {
      const { next, tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        applications: ({ commit }) => [{ at: 0, value: application({ revisions: [commit] }) }],
        prepare: ({ git }) => {
          git.isDescendant = async () => {
            throw new Failure("GIT_UNREACHABLE", "connect ETIMEDOUT");
          };
        },
      });
      assert.match(troubleOf(next), /^EDIT_NOT_REACHED: after 360 s/);
      assert.equal(tookMs, limits.syncTimeoutMs);
    });

    it("is told to be missing at once, whatever Argo CD is about to say", async () => {
      const { log } = await follow({
        worlds: [
          { at: 0, value: s3 },
          { at: 1_000, value: s5 },
        ],
        applications: ({ commit }) => [{ at: 1_500, value: application({ revisions: [commit] }) }],
      });
      assert.deepEqual(log.of("info"), ["Waiting: spec.predictor.canaryTrafficPercent is 0, wanted 100"]);
    });

    it("is asked of Git once per commit that Argo CD shows", async () => {
      const { git } = await follow({
        worlds: [
          { at: 0, value: s3 },
          { at: 60_000, value: s5 },
        ],
        applications: ({ git: remote, commit }) =>
          Array.from({ length: 20 }, (_, index) => ({
            at: index * 1_000,
            value: application({
              revisions: [remote.look(commit).parent ?? "", "c".repeat(40)],
              repositories: [
                "http://gitea.gitea.svc:3000/user1/mlops-gitops",
                "https://example.com/charts.git",
              ],
            }),
          })),
      });
      assert.equal(git.counts.descent, 1);
    });
  });

  describe("Argo CD in the middle of a sync", () => {
    const running = (...operated: readonly string[]) =>
      application({ syncStatus: "OutOfSync", operationPhase: "Running", operated });
    const parentOf = ({ git, commit }: Setting) => git.look(commit).parent ?? "";

    it("of a commit without ours may apply that one yet: what is there is not done", async () => {
      const { next, tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        expected: rollback,
        applications: (setting) => [
          { at: 0, value: running(parentOf(setting)) },
          { at: 40_000, value: { ...running(setting.commit), operationPhase: "Terminating" } },
        ],
      });
      assert.equal(troubleOf(next), "none");
      assert.equal(tookMs, 40_000);
    });

    it("of a commit that Git is away to tell of is no other's: a cut-over that is in force does not fail for it", async () => {
      const later: string[] = [];
      const { next, tookMs } = await follow({
        worlds: [
          { at: 0, value: s3 },
          { at: 5_000, value: s5 },
        ],
        prepare: ({ git }) => {
          git.outage = new Failure("GIT_UNREACHABLE", "connect ETIMEDOUT");
        },
        applications: ({ git }) => {
          later.push(git.commit({ files: { "README.md": "# Other\n" } }));
          return [{ at: 0, value: running(...later) }];
        },
      });
      assert.deepEqual([troubleOf(next), tookMs], ["none", 5_000]);
    });

    it("that does not end is no done, either", async () => {
      const { next, gitops } = await follow({
        worlds: [{ at: 0, value: s3 }],
        expected: rollback,
        applications: (setting) => [
          { at: 0, value: { ...running(parentOf(setting)), operationPhase: "Terminating" } },
        ],
      });
      assert.equal(
        troubleOf(next),
        "EDIT_NOT_REACHED: after 360 s Argo CD is still syncing a commit without ours, and may apply that one yet",
      );
      assert.equal(gitops?.refreshes, 13, "it is asked to look again, every 30 s");
    });

    it("of ours, or of a later one, is no reason to wait", async () => {
      for (const later of [false, true]) {
        const { next, tookMs } = await follow({
          worlds: [{ at: 0, value: s3 }],
          expected: rollback,
          applications: ({ git, commit }) => [
            { at: 0, value: running(later ? git.commit({ files: { other: "x" } }) : commit) },
          ],
        });
        assert.deepEqual([troubleOf(next), tookMs], ["none", 0]);
      }
    });

    it("of whatever it is: its first word is waited for, where it may come", async () => {
      for (const [at, said] of [
        [1_900, []],
        [7_500, ["Waiting: Argo CD has not told yet what it syncs"]],
      ] as const) {
        const { tookMs, log } = await follow({
          worlds: [{ at: 0, value: s3 }],
          expected: rollback,
          applications: ({ commit }) => [{ at, value: running(commit) }],
        });
        assert.equal(tookMs, at);
        assert.deepEqual(log.of("info"), said);
      }
    });

    it("that is asked for of a commit without ours is waited for, too", async () => {
      const { tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        expected: rollback,
        applications: (setting) => [
          { at: 0, value: application({ requested: true, operated: [parentOf(setting)] }) },
          { at: 9_000, value: application({ requested: true, operated: [setting.commit] }) },
        ],
      });
      assert.equal(tookMs, 9_000);
    });

    it("about to begin: what was there before is not done until Argo CD has looked at our commit", async () => {
      const earlier = (setting: Setting) => application({ automated: true, revisions: [parentOf(setting)] });
      for (const [at, changes, took, kind] of [
        [50_000, {}, 50_000, "committed"],
        // Of an attempt that was killed right after its push.
        [50_000, {}, 50_000, "resumed"],
        [50_000, { automated: false }, 0, "committed"],
        [400_000, {}, 360_000, "committed"],
      ] as const) {
        const { next, tookMs } = await follow({
          worlds: [{ at: 0, value: s3 }],
          expected: rollback,
          kind,
          applications: (setting) => [
            { at: 0, value: { ...earlier(setting), ...changes } },
            { at, value: { ...earlier(setting), syncStatus: "OutOfSync", revisions: [setting.commit] } },
          ],
        });
        assert.deepEqual([troubleOf(next), tookMs], ["none", took]);
      }
    });

    it("about to begin is no matter where our edit was missing before, or the commit is an old one", async () => {
      const came = await follow({
        worlds: [
          { at: 0, value: s5 },
          { at: 5_000, value: worldIn("S6") },
        ],
        expected: rollback,
        applications: (setting) => [
          { at: 0, value: application({ automated: true, revisions: [parentOf(setting)] }) },
        ],
      });
      assert.deepEqual([troubleOf(came.next), came.tookMs], ["none", 5_000]);
      const old = await follow({
        worlds: [{ at: 0, value: s3 }],
        expected: rollback,
        state: { mutation: { kind: "unchanged", commit: "0".repeat(40), at: 0 } },
        applications: (setting) => [
          { at: 0, value: application({ automated: true, revisions: [parentOf(setting)] }) },
        ],
      });
      assert.equal(old.tookMs, 0);
    });

    it("is not waited for where it cannot be read any more", async () => {
      const { next, tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        expected: rollback,
        applications: () => [{ at: 3_000, broken: new Failure("CLUSTER_AUTH", "401") }],
      });
      assert.deepEqual([troubleOf(next), tookMs], ["none", 3_000]);
    });

    it("is told of at once, also where that is its first word", async () => {
      const { log } = await follow({
        worlds: [{ at: 0, value: s3 }],
        expected: rollback,
        applications: (setting) => [
          { at: 500, value: running(parentOf(setting)) },
          { at: 1_500, value: running(setting.commit) },
        ],
      });
      assert.match(log.of("info").join(), /^Waiting: Argo CD is still syncing a commit without ours/);
    });

    it("says nothing where no commit is known, nor is Git asked", async () => {
      const { tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        expected: rollback,
        state: { mutation: { kind: "unchanged", at: 0 } },
        applications: () => [{ at: 7_500, value: running("0".repeat(40)) }],
      });
      assert.equal(tookMs, 0);
      const { git, next } = await follow({
        worlds: [
          { at: 0, value: s3 },
          { at: 9_000, value: s5 },
        ],
        state: { mutation: { kind: "unchanged", at: 0 } },
        applications: () => [
          { at: 0, value: running("0".repeat(40)) },
          { at: 3_000, value: application({ revisions: ["0".repeat(40)] }) },
        ],
      });
      assert.deepEqual([troubleOf(next), git.counts.descent], ["none", 0]);
    });

    it("that names no commit is of ours or not: Git cannot be asked, and the end is waited for", async () => {
      const { git, tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        expected: rollback,
        applications: ({ commit }) => [
          { at: 0, value: application({ syncStatus: "OutOfSync", operationPhase: "Running" }) },
          { at: 4_000, value: application({ syncStatus: "OutOfSync", revisions: [commit] }) },
        ],
      });
      assert.deepEqual([tookMs, git.counts.descent], [4_000, 0]);
    });
  });

  describe("Argo CD", () => {
    it("that cannot compare ends the wait at once", async () => {
      const conditions = [{ type: "ComparisonError", message: "yaml: line 3" }];
      const { next, tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        applications: () => [{ at: 3_000, value: application({ conditions }) }],
      });
      assert.equal(troubleOf(next), "ARGOCD_STOPPED: ComparisonError: yaml: line 3");
      assert.equal(tookMs, 3_000);
    });

    const complaint = (type: string) => [{ type, message: "denied the request" }];
    const takesOver: readonly Scene<World>[] = [
      { at: 0, value: s3 },
      { at: 20_000, value: s5 },
    ];

    it("that could not sync an earlier commit is waited for: it tries again with ours", async () => {
      const { next, tookMs } = await follow({
        worlds: takesOver,
        applications: ({ git, commit }) => {
          const revisions = [git.look(commit).parent ?? ""];
          const failed = { syncStatus: "OutOfSync", operationPhase: "Failed", revisions };
          return [
            { at: 100, value: application({ ...failed, conditions: complaint("SyncError") }) },
            { at: 19_000, value: application({ revisions: [commit] }) },
          ];
        },
      });
      assert.equal(troubleOf(next), "none");
      assert.equal(tookMs, 20_000);
    });

    it("that cannot sync ours, or a later commit, ends the wait at once", async () => {
      for (const later of [false, true]) {
        const { next, tookMs } = await follow({
          worlds: takesOver,
          applications: ({ git, commit }) => {
            const revisions = [later ? git.commit({ files: { other: "x" } }) : commit];
            const failed = { syncStatus: "OutOfSync", revisions, conditions: complaint("SyncError") };
            return [{ at: 3_000, value: application(failed) }];
          },
        });
        assert.equal(troubleOf(next), "ARGOCD_STOPPED: SyncError: denied the request");
        assert.equal(tookMs, 3_000);
      }
    });

    const before = "2026-11-28T23:00:00Z";
    const after = "2026-11-28T23:00:07Z";

    it("whose complaint is from before our commit is waited for until it has compared again", async () => {
      const { next } = await follow({
        worlds: takesOver,
        applications: ({ commit }) => [
          { at: 100, value: application({ reconciledAt: before, conditions: complaint("ComparisonError") }) },
          { at: 7_000, value: application({ reconciledAt: after, revisions: [commit] }) },
        ],
      });
      assert.equal(troubleOf(next), "none");
    });

    it("that does not look at Git any more is no failed edit: nobody knows whether it has an effect", async () => {
      const silent = (at: number, changes: Partial<ApplicationReading> = {}) => ({
        at,
        value: application({ reconciledAt: before, ...changes }),
      });
      const inVain = { worlds: [{ at: 0, value: s3 }] };
      const { next, tookMs } = await follow({
        ...inVain,
        applications: ({ git, commit }) => [
          silent(100, { revisions: [git.look(commit).parent ?? ""] }),
          silent(9_000),
        ],
      });
      assert.equal(
        troubleOf(next),
        `ARGOCD_SILENT: its Application shows no look at Git since our commit, the last was at ${before}; after 360 s spec.predictor.canaryTrafficPercent is 0, wanted 100`,
      );
      assert.equal(tookMs, limits.syncTimeoutMs);
      assert.match(next.rollout?.trouble?.command ?? "", /get application .*reconciledAt/);

      for (const [what, applications] of [
        ["it looked once, at whatever", () => [silent(100), silent(9_000, { reconciledAt: after })]],
        [
          "it looked before it was read",
          ({ commit }: Setting) => [silent(100, { revisions: [commit], syncStatus: "OutOfSync" })],
        ],
        ["it does not tell when it looked", () => [silent(100, { reconciledAt: undefined })]],
      ] as const) {
        const seen = await follow({ ...inVain, applications });
        assert.match(troubleOf(seen.next), /^EDIT_NOT_REACHED: /, what);
      }
      const unknown = await follow({
        ...inVain,
        applications: () => [silent(100)],
        state: { mutation: { kind: "unchanged", at: 1 } },
      });
      assert.match(troubleOf(unknown.next), /^EDIT_NOT_REACHED: /, "which commit it should have seen");
    });

    it("that complains again when it has compared, or does not compare again, ends the wait", async () => {
      const conditions = complaint("ComparisonError");
      for (const [reconciledAt, at] of [
        [after, 7_000],
        [before, limits.syncGraceMs],
      ] as const) {
        const { next, tookMs } = await follow({
          worlds: [{ at: 0, value: s3 }],
          applications: () => [
            { at: 100, value: application({ reconciledAt: before, conditions }) },
            { at: 7_000, value: application({ reconciledAt, conditions }) },
          ],
        });
        assert.equal(troubleOf(next), "ARGOCD_STOPPED: ComparisonError: denied the request");
        assert.equal(tookMs, at);
      }
    });

    it("is asked again now and then while the edit is missing: its Git server may have shown it the commit before", async () => {
      const { next, gitops } = await follow({
        worlds: [
          { at: 0, value: s3 },
          { at: 100_000, value: notReady },
          { at: 900_000, value: s5 },
        ],
        applications: ({ git, commit }) => [
          { at: 0, value: application({ revisions: [git.look(commit).parent ?? ""] }) },
        ],
      });
      assert.equal(troubleOf(next), "none");
      assert.equal(
        gitops?.refreshes,
        4,
        "at 0, 30, 60 and 90 s, and never for the 800 s after the edit came",
      );
    });

    const refreshing: readonly (readonly [Failure | "refused", asked: number])[] = [
      ["refused", 1],
      // Every five seconds: it has heard of none of them.
      [new Failure("CLUSTER_UNREACHABLE", "500"), 20],
    ];
    for (const [answer, asked] of refreshing) {
      it(`that answers a refresh by ${answer instanceof Failure ? answer.reason : answer} is asked ${asked} times`, async () => {
        const { next, gitops, idle } = await follow({
          worlds: [
            { at: 0, value: s3 },
            { at: 100_000, value: s5 },
          ],
          applications: () => [{ at: 0, value: application({}) }],
          refreshing: answer,
        });
        assert.equal(troubleOf(next), "none");
        assert.equal(gitops?.refreshes, asked);
        assert.ok(idle);
      });
    }

    const absent: Readonly<
      Record<string, readonly [Scene<ApplicationReading>, warning: RegExp | undefined]>
    > = {
      "may not be watched": [
        { at: 0, broken: new Failure("CLUSTER_AUTH", "401") },
        /^Argo CD cannot be watched, going on without it: 401$/,
      ],
      "cannot be read": [{ at: 0, ended: true }, undefined],
      "is away": [{ at: 0, trouble: unreachable }, undefined],
    };
    for (const [what, [scene, warning]] of Object.entries(absent)) {
      it(`that ${what} does not keep a rollout from being seen`, async () => {
        const { next, idle, log } = await follow({
          worlds: [
            { at: 0, value: s3 },
            { at: 20_000, value: s5 },
          ],
          applications: () => [scene],
        });
        assert.equal(troubleOf(next), "none");
        assert.ok(idle);
        const [first, ...more] = log.of("warn");
        assert.deepEqual(more, []);
        if (warning === undefined) assert.equal(first, undefined);
        else assert.match(first ?? "", warning);
      });
    }
  });

  describe("a later commit", () => {
    it("on our value ends the wait, and is named", async () => {
      let theirs = "";
      const { next, tookMs, idle } = await follow({
        worlds: [{ at: 0, value: s3 }],
        prepare: ({ clock, git }) =>
          later(clock, 20_000, () => {
            theirs = git.commit({
              files: { [location.path]: fileWith("v2", 0) },
              message: "Back again\n\nx",
            });
          }),
      });

      assert.equal(
        troubleOf(next),
        `SUPERSEDED: commit ${theirs.slice(0, 10)} by Ada Lovelace (“Back again”) set percent 0, version v2`,
      );
      assert.equal(tookMs, 30_000);
      assert.ok(idle);
    });

    it("elsewhere does not", async () => {
      const { next } = await follow({
        worlds: [
          { at: 0, value: s3 },
          { at: 40_000, value: s5 },
        ],
        prepare: ({ clock, git }) => later(clock, 20_000, () => git.commit({ files: { other: "x" } })),
      });
      assert.equal(troubleOf(next), "none");
    });

    it("explains a failure that is found before the branch was looked at", async () => {
      const { next } = await follow({
        worlds: [{ at: 0, value: worldIn("S5", { mode: "Standard" }) }],
        prepare: ({ git }) => void git.commit({ files: { [location.path]: fileWith("v2", 20) } }),
      });
      assert.match(troubleOf(next), /^SUPERSEDED: .* set percent 20, version v2$/);
    });

    it("cannot be looked at while Git is away: that changes nothing", async () => {
      const outage = new Failure("GIT_UNREACHABLE", "connect ETIMEDOUT");
      const { next, log } = await follow({
        worlds: [{ at: 0, value: worldIn("S3") }],
        prepare: ({ git }) => {
          git.outage = outage;
        },
      });
      assert.match(troubleOf(next), /^EDIT_NOT_REACHED/);
      assert.ok(log.of("debug").includes("The branch could not be looked at: connect ETIMEDOUT"));
    });
  });

  describe("what got stuck", () => {
    const crash = { exitCode: 1, message: "no such layer", lifeMs: 1_000 };
    const container = { name: "kserve-container", init: false, restarts: 3, ended: crash } as const;
    const crashing = (state: "waiting" | "running") => ({
      ...notReady,
      pods: [
        readyPod(r24, { ready: false, containers: [{ ...container, state, reason: "CrashLoopBackOff" }] }),
      ],
    });
    const event = {
      reason: "FailedCreate",
      kind: "ReplicaSet",
      name: `${r24}-deployment-5c9f`,
      message: "is forbidden: exceeded quota: gpus",
    };

    it("is named at the deadline, with the command that shows more; and at once in the log", async () => {
      const { next, log, tookMs } = await follow({
        worlds: [
          { at: 0, value: crashing("waiting") },
          { at: 20_000, value: crashing("running") },
          { at: 21_000, value: crashing("waiting") },
        ],
      });
      assert.match(
        troubleOf(next),
        /^CRASH_LOOP: container .*no such layer; after 1800 s the InferenceService is not Ready/,
      );
      assert.match(next.rollout?.trouble?.command ?? "", /^oc -n user1-test logs .* --previous$/);
      assert.equal(tookMs, limits.timeoutMs);
      assert.deepEqual(log.of("warn").length, 1);
      assert.match(
        log.of("warn")[0] ?? "",
        /^The container of the model crashes: .*\. Look: oc -n user1-test logs /,
      );
    });

    it("is not told before the edit is there, for it is of what was there before", async () => {
      const { pods } = crashing("waiting");
      const { log } = await follow({ worlds: [{ at: 0, value: { ...s3, pods } }] });
      assert.deepEqual(log.of("warn"), []);
    });

    it("is a stage that let the wrong blue in (T5): told at once, with the way out", async () => {
      const { next, tookMs } = await follow({
        worlds: [{ at: 0, value: falseReadings.T5 }],
        state: { intent: { action: "stage", version: "v3", sets: [] } },
        expected: { action: "stage", percent: 0, active: r24, standby: undefined },
        prepare: ({ git }) => void git.commit({ files: { [location.path]: fileWith("v3", 0) } }),
      });
      assert.equal(troubleOf(next), `WRONG_BLUE: ${r23} is live, ${r24} was live before`);
      assert.match(next.rollout?.trouble?.command ?? "", /^bluegreen rollback .*--restore-version/);
      assert.equal(tookMs, 0);
    });

    it("is named also where Argo CD is out of sync", async () => {
      const { next } = await follow({
        worlds: [{ at: 0, value: crashing("waiting") }],
        applications: ({ commit }) => [
          { at: 0, value: application({ syncStatus: "OutOfSync", automated: true, revisions: [commit] }) },
        ],
      });
      assert.match(troubleOf(next), /^CRASH_LOOP: /);
    });

    it("is looked for among the Events, once, when it is over", async () => {
      const asked: string[] = [];
      const happenings = {
        async warnings(namespace: string) {
          asked.push(namespace);
          return [event];
        },
      };
      const worlds = [{ at: 0, value: { ...notReady, pods: [] } }];
      const { next } = await follow({ worlds, happenings });
      assert.match(troubleOf(next), /^QUOTA_EXCEEDED: ReplicaSet .*exceeded quota: gpus; after 1800 s /);
      assert.deepEqual(asked, ["user1-test"]);
      const without = await follow({ worlds });
      assert.match(troubleOf(without.next), /^ROLLOUT_TIMEOUT: after 1800 s /);
    });

    it("never makes a failure of what was done", async () => {
      const { next } = await follow({
        worlds: [
          { at: 0, value: crashing("waiting") },
          { at: 60_000, value: s5 },
        ],
      });
      assert.equal(troubleOf(next), "none");
    });

    it("is named of the version that a promote found in Git, before the cluster had its revision", async () => {
      const { next, log } = await follow({
        state: stateOf(
          { mutation: { ...stateOf().mutation, kind: "unchanged" } },
          { active: undefined, standby: undefined, version: "v2" },
        ),
        worlds: [
          { at: 0, value: worldIn("S1", { specPercent: 100 }) },
          { at: 5_000, value: { ...crashing("waiting"), revisions: worldIn("S5").revisions } },
        ],
      });
      assert.match(troubleOf(next), /^CRASH_LOOP: container .*no such layer; after 1800 s /);
      assert.match(log.of("warn").join(), /The container of the model crashes: /);
      assert.deepEqual(
        next.rollout?.holdings?.map(({ revision }) => revision),
        [r24],
      );
    });

    describe("ends a promote early", () => {
      const patient = { progressTimeoutMs: 600_000 };
      const loading = (startedAt: number) => ({
        ...notReady,
        pods: [
          readyPod(r24, {
            ready: false,
            containers: [
              { name: "kserve-container", init: false, state: "running", restarts: 0, startedAt } as const,
            ],
          }),
        ],
      });
      const loop = [crashing("waiting"), crashing("running")];
      const looping = Array.from({ length: 100 }, (_, at) => ({
        at: at * 15_000,
        value: loop[at % 2] ?? notReady,
      }));

      it("where its green crashes again and again", async () => {
        const { next, tookMs } = await follow({ worlds: looping, limits: patient });
        assert.match(troubleOf(next), /^CRASH_LOOP: .*; nothing has got on for 600 s: /);
        // The first two looks are news.
        assert.equal(tookMs, 615_000);
      });

      for (const [whose, offMs] of [
        ["ahead", 1_800_000],
        ["behind", -1_800_000],
      ] as const) {
        const restarted = (restarts: number, at: number) => ({
          ...notReady,
          pods: [
            readyPod(r24, {
              ready: false,
              containers: [
                {
                  ...{ ...container, restarts, ended: { exitCode: 1, lifeMs: 60_000 } },
                  state: "running",
                  startedAt: 1_700_000_000_000 + at + offMs,
                } as const,
              ],
            }),
          ],
        });

        it(`not where it crashed and has got further since, though its node's clock is ${whose}`, async () => {
          const { next } = await follow({
            worlds: [
              { at: 0, value: crashing("waiting") },
              { at: 10_000, value: restarted(4, 10_000) },
              { at: 900_000, value: s5 },
            ],
            limits: patient,
          });
          assert.equal(troubleOf(next), "none");
        });

        it(`where it crashes again and again by our clock, though its node's clock is ${whose}`, async () => {
          const { next, tookMs } = await follow({
            worlds: Array.from({ length: 100 }, (_, at) => ({
              at: at * 15_000,
              value: at % 2 === 0 ? crashing("waiting") : restarted(at + 2, at * 15_000),
            })),
            limits: patient,
          });
          assert.match(troubleOf(next), /^CRASH_LOOP: .*; nothing has got on for 600 s: /);
          assert.equal(tookMs, 615_000);
        });
      }

      it("not where that was let off", async () => {
        const { tookMs } = await follow({ worlds: looping });
        assert.equal(tookMs, limits.timeoutMs);
      });

      it("not while it is loading, and counts from the end of that", async () => {
        const { next, tookMs } = await follow({
          worlds: [
            { at: 0, value: loading(1_700_000_000_000) },
            { at: 900_000, value: crashing("waiting") },
          ],
          limits: patient,
        });
        assert.match(troubleOf(next), /^CRASH_LOOP/);
        assert.equal(tookMs, 1_500_000);
      });

      it("also where the machine was only slow", async () => {
        let lateMs = 0;
        const { tookMs } = await follow({
          worlds: [{ at: 0, value: crashing("waiting") }],
          limits: patient,
          prepare: ({ clock }) => {
            const { now } = clock;
            clock.now = () => now() + lateMs;
            later(clock, 300_500, () => {
              lateMs = 59_000;
            });
          },
        });
        assert.equal(tookMs, 600_000);
      });

      it("not for what the API hid meanwhile", async () => {
        const { tookMs } = await follow({
          worlds: [
            { at: 0, value: crashing("waiting") },
            { at: 500_000, trouble: unreachable },
            { at: 550_000, value: crashing("waiting") },
          ],
          limits: patient,
        });
        assert.equal(tookMs, 1_150_000);
      });

      it("not for the time that the machine slept", async () => {
        let asleepMs = 0;
        const { tookMs } = await follow({
          worlds: [{ at: 0, value: crashing("waiting") }],
          limits: patient,
          prepare: ({ clock }) => {
            const { now } = clock;
            clock.now = () => now() + asleepMs;
            later(clock, 300_000, () => {
              asleepMs = 700_000;
            });
          },
        });
        assert.equal(tookMs, 300_000 + 700_000 + 600_000);
      });
    });

    it("is not what an API that is away has hidden", async () => {
      const { next } = await follow({
        worlds: [
          { at: 0, value: crashing("waiting") },
          { at: 60_000, trouble: unreachable },
        ],
      });
      assert.equal(troubleOf(next), "CLUSTER_UNREACHABLE: connect ECONNREFUSED");
    });

    it("is a sync that Argo CD holds back at our commit, as far as Git can tell", async () => {
      const held = ({ commit }: Setting) => [
        { at: 0, value: application({ syncStatus: "OutOfSync", automated: true, revisions: [commit] }) },
      ];
      const { next } = await follow({ worlds: [{ at: 0, value: s3 }], applications: held });
      assert.match(troubleOf(next), /^SYNC_WINDOW: it is OutOfSync at our commit, .*; after 360 s spec/);
      const blind = await follow({
        worlds: [{ at: 0, value: s3 }],
        applications: held,
        prepare: ({ git }) => {
          git.isDescendant = async () => {
            throw new Failure("GIT_UNREACHABLE", "connect ETIMEDOUT");
          };
        },
      });
      assert.match(troubleOf(blind.next), /^EDIT_NOT_REACHED: after 360 s spec/);
      const unknown = await follow({
        worlds: [{ at: 0, value: s3 }],
        applications: held,
        state: { mutation: { kind: "unchanged", at: 1 } },
      });
      assert.match(troubleOf(unknown.next), /^EDIT_NOT_REACHED/);
      assert.equal(unknown.git.counts.descent, 0, "there is nothing to ask for");
    });
  });

  describe("an API", () => {
    it("that is away for a while is waited for", async () => {
      const { next, log, state } = await follow({
        worlds: [
          { at: 0, value: s3 },
          { at: 10_000, trouble: unreachable },
          { at: 900_000, value: s5 },
        ],
      });
      assert.equal(troubleOf(next), "none");
      assert.equal(next.rollout?.cutOverAt, state.startedAt + 900_000);
      assert.ok(log.of("info").includes("Waiting: connect ECONNREFUSED"));
    });

    it("that stays away is an error of the API, not a failed rollout", async () => {
      const { next, tookMs, idle } = await follow({
        worlds: [
          { at: 0, value: s3 },
          { at: 10_000, trouble: unreachable },
        ],
      });
      assert.equal(troubleOf(next), "CLUSTER_UNREACHABLE: connect ECONNREFUSED");
      assert.equal(tookMs, limits.timeoutMs);
      assert.ok(idle);
    });

    it("that refuses for good ends the wait at once", async () => {
      const { next, tookMs, idle } = await follow({
        worlds: [
          { at: 0, value: s3 },
          { at: 2_000, broken: new Failure("CLUSTER_AUTH", "403 Forbidden") },
        ],
      });
      assert.equal(troubleOf(next), "CLUSTER_AUTH: 403 Forbidden");
      assert.equal(tookMs, 2_000);
      assert.ok(idle);
    });
  });

  describe("a cancelled run", () => {
    it("says so and leaves nothing running", async () => {
      const cancel = new AbortController();
      const { next, tookMs, idle } = await follow({
        worlds: [{ at: 0, value: s3 }],
        applications: () => [{ at: 0, value: application({}) }],
        signal: cancel.signal,
        prepare: ({ clock }) => later(clock, 10_500, () => cancel.abort()),
      });
      assert.equal(troubleOf(next), "CANCELLED: while waiting for the rollout; the commit stays");
      assert.equal(tookMs, 10_500);
      assert.deepEqual(next.rollout?.notes, []);
      assert.ok(idle);
    });

    it("does not wait for a request that hangs", async () => {
      const cancel = new AbortController();
      const { next, tookMs } = await follow({
        worlds: [{ at: 0, value: s3 }],
        signal: cancel.signal,
        prepare: ({ clock, git }) => {
          git.head = () => new Promise(() => {});
          later(clock, 20_000, () => cancel.abort());
        },
      });
      assert.match(troubleOf(next), /^CANCELLED/);
      assert.equal(tookMs, 20_000);
    });

    it("does not wait for Git to tell what Argo CD has synced, nor for a last look at the branch", async () => {
      const hanging: readonly [Partial<Options>, (git: MemoryGit) => void][] = [
        [
          { applications: ({ commit }) => [{ at: 0, value: application({ revisions: [commit] }) }] },
          (git) => {
            git.isDescendant = () => new Promise(() => {});
          },
        ],
        [
          {
            limits: { branchIntervalMs: 3_600_000, timeoutMs: 10_000 },
            worlds: [{ at: 0, value: { ...s5, pods: [] } }],
          },
          (git) => {
            git.fetch = () => new Promise(() => {});
          },
        ],
      ];
      for (const [options, hang] of hanging) {
        const cancel = new AbortController();
        const { next, tookMs } = await follow({
          worlds: [{ at: 0, value: s3 }],
          ...options,
          signal: cancel.signal,
          prepare: ({ clock, git }) => {
            hang(git);
            later(clock, 20_000, () => cancel.abort());
          },
        });
        assert.equal(troubleOf(next), "CANCELLED: while waiting for the rollout; the commit stays");
        assert.equal(tookMs, 20_000);
      }
    });

    it("ends at once when it was cancelled before", async () => {
      const { next, tookMs } = await follow({ worlds: [{ at: 0, value: s5 }], signal: AbortSignal.abort() });
      assert.match(troubleOf(next), /^CANCELLED/);
      assert.equal(tookMs, 0);
    });
  });

  describe("lets a bug through", () => {
    const bug = new TypeError("undefined is not a function");
    const bugs = async () => {
      throw bug;
    };

    it("of the look at the branch", async () => {
      await assert.rejects(
        follow({
          worlds: [{ at: 0, value: s3 }],
          prepare: ({ git }) => {
            git.head = bugs;
          },
        }),
        bug,
      );
    });

    const arrives = { at: 5_000, value: s5 };
    for (const [what, changes, more] of [
      ["asking Git what Argo CD has synced", {}, [arrives]],
      ["explaining what Argo CD does not sync", { syncStatus: "OutOfSync", automated: true }, []],
    ] as const) {
      it(`of ${what}`, async () => {
        await assert.rejects(
          follow({
            worlds: [{ at: 0, value: s3 }, ...more],
            applications: ({ commit }) => [
              { at: 0, value: application({ revisions: [commit], ...changes }) },
            ],
            prepare: ({ git }) => {
              git.isDescendant = bugs;
            },
          }),
          bug,
        );
      });
    }

    it("of whatever reads Argo CD, or asks it", async () => {
      const works: GitOps = { refresh: async () => "asked", watch: async function* () {} };
      const watch = async function* (): AsyncGenerator<never> {
        yield* [];
        await bugs();
      };
      for (const changes of [{ refresh: bugs }, { watch }]) {
        const clock = createClock();
        const git = createGit({ [location.path]: fileWith("v2", 100) });
        const cluster = createCluster(clock, [{ at: 0, value: s3 }]);
        const gitops: GitOps = { ...works, ...changes };
        const run = awaitRollout(
          { cluster, git, gitops, clock, log: createLog() },
          stateOf(),
          limits,
          new AbortController().signal,
        );
        await assert.rejects(run, bug);
      }
    });
  });
});

describe("await of a rollback", () => {
  /** A rollback was committed. */
  async function followRollback(worlds: readonly Scene<World>[]) {
    const clock = createClock();
    const start = clock.now();
    const git = createGit({ [location.path]: fileWith("v2", 0) });
    const log = createLog();
    const state = stateOf(
      {
        intent: { action: "rollback", sets: [] },
        mutation: { kind: "committed", commit: await git.head(), at: start },
      },
      rollback,
    );
    const cluster = createCluster(clock, worlds);
    const never = new AbortController().signal;
    const next = await awaitRollout({ cluster, git, clock, log }, state, limits, never);
    await settled();
    return { next, tookMs: clock.now() - start, sleeping: clock.sleeping, log };
  }

  it("passes through T2 and T1 without being taken in", async () => {
    const { next, log } = await followRollback([
      { at: 0, value: s5 },
      { at: 1_000, value: falseReadings.T2 },
      { at: 1_500, value: falseReadings.T1 },
      { at: 2_200, value: worldIn("S6") },
    ]);
    assert.equal(next.rollout?.cutOverAt, next.startedAt + 2_200);
    assert.equal(next.rollout?.active, r23);
    assert.match(
      log.of("info")[0] ?? "",
      /^Waiting: spec\.predictor\.canaryTrafficPercent is 100, wanted 0$/,
    );
  });

  it("never takes T1 for done: 30 virtual minutes", async () => {
    const { next, tookMs, sleeping } = await followRollback([{ at: 0, value: falseReadings.T1 }]);
    assert.match(troubleOf(next), /^ROLLOUT_TIMEOUT: after 1800 s traffic is /);
    assert.equal(tookMs, limits.timeoutMs);
    assert.equal(sleeping, 0);
  });

  it("that is blocked (T4) says so at the deadline", async () => {
    const { next } = await followRollback([{ at: 0, value: falseReadings.T4 }]);
    assert.match(troubleOf(next), /^ROLLBACK_BLOCKED: after 1800 s .*RevisionMissing/);

    const { T4 } = falseReadings;
    const ended = { exitCode: 1, message: "no such layer" };
    const container = {
      name: "kserve-container",
      init: false,
      state: "terminated",
      restarts: 1,
      ended,
    } as const;
    const green = readyPod(r24, { ready: false, containers: [container] });
    const told = await followRollback([{ at: 0, value: { ...T4, pods: [green] } }]);
    assert.match(
      troubleOf(told.next),
      /^ROLLBACK_BLOCKED: .*; The container of the model crashes: .*no such layer$/,
    );
  });
});
