import assert from "node:assert/strict";
import { formatRunState, parseRunState, type RunState } from "../../src/core/run-state.ts";
import type { Proof } from "../../src/core/verdict/proof.ts";
import type { World } from "../../src/core/world.ts";
import type { ReasonId } from "../../src/errors/catalogue.ts";
import { Failure } from "../../src/errors/failure.ts";
import type { Series } from "../../src/ports.ts";
import { r23, r24, r25, readyPod, worldIn, worldOf } from "../core/states.ts";
import { fileWith, location } from "./builders.ts";
import type { MemoryGit, ScrapedMetrics, ScrapedPod } from "./fakes.ts";
import {
  bluePod,
  busy,
  greenPod,
  idle,
  limits,
  outcomeOf,
  promoted,
  prove,
  reasonOf,
  start,
} from "./proving.ts";

const unreachable = new Failure("METRICS_UNREACHABLE", "503");
const away = new Failure("CLUSTER_UNREACHABLE", "connect ECONNREFUSED");

describe("verify", () => {
  it("passes when only the pinned revision's counters rise", async () => {
    const { next, state, metrics, tookMs, clock } = await prove({ pods: [busy(greenPod), idle(bluePod)] });

    assert.equal(outcomeOf(next), "PASS");
    assert.deepEqual({ ...next, verdict: undefined }, { ...state, verdict: undefined });
    assert.match(
      next.verdict?.summary ?? "",
      new RegExp(`^\\d+ requests on ${r24}, 0 on ${r23}; excludes .* \\(2 pods`),
    );
    assert.equal(next.verdict?.query, metrics.queries.at(-1));
    assert.equal(next.verdict?.pods?.length, 2);
    assert.equal(next.verdict?.endedAt, clock.now());
    assert.ok(tookMs < 20_000, `${tookMs} ms`);
  });

  it("fails when the other revision answers after the settle time", async () => {
    const { next } = await prove({ pods: [busy(greenPod), busy(bluePod)] });
    assert.equal(reasonOf(next), "OTHER_REVISION_SERVED");
    assert.equal(outcomeOf(next), "FAIL");
    assert.match(next.verdict?.trouble?.evidence ?? "", new RegExp(`[1-9]\\d* on ${r23}`));
  });

  it("does not mind requests that ended on the other revision within the settle time", async () => {
    const until = (time: number) => Math.min(time, start + 4);
    const finishing: ScrapedPod = {
      pod: bluePod,
      requests: (time) => Math.floor((until(time) - start) * 3 + 900),
    };
    const { next } = await prove({ pods: [busy(greenPod), finishing] });
    assert.equal(outcomeOf(next), "PASS");
  });

  describe("is inconclusive at its deadline:", () => {
    it("no traffic", async () => {
      const { next, tookMs, log } = await prove({ pods: [idle(greenPod), idle(bluePod)] });
      assert.equal(reasonOf(next), "NO_TRAFFIC");
      assert.match(
        next.verdict?.trouble?.evidence ?? "",
        /; requests go to https?:\/\/[^/]+\/v2\/models\/jukebox\/infer$/,
      );
      assert.equal(outcomeOf(next), "INCONCLUSIVE");
      assert.equal(tookMs, limits.timeoutMs);
      const changes = log.of("info").filter((line) => line.startsWith("Waiting: "));
      assert.ok(changes.length <= 4, changes.join("\n"));
      assert.match(
        log.of("info").at(-1) ?? "",
        /^Still waiting after 2\d\d s: no request seen on .*samples up to/,
      );
    });

    it("no traffic, and where it would have to go, if anybody knows", async () => {
      const evidenceWith = async (url: string | undefined) => {
        const service = { ...promoted.service, url };
        const worlds = [{ at: 0, value: { ...promoted, service } }];
        const { next } = await prove({ pods: [idle(greenPod), idle(bluePod)], worlds });
        return next.verdict?.trouble?.evidence ?? "";
      };
      const place = "https://jukebox.example.com/base";
      assert.match(
        await evidenceWith(`${place}//`),
        new RegExp(`; requests go to ${place}/v2/models/jukebox/infer$`),
      );
      assert.match(await evidenceWith(undefined), /cut-over\)$/);
    });

    it("nothing is scraped", async () => {
      const { next } = await prove({ pods: [] });
      assert.equal(reasonOf(next), "NO_SCRAPE");
      assert.doesNotMatch(next.verdict?.trouble?.evidence ?? "", /requests go to/);
    });

    it("only a part of Prometheus answers", async () => {
      const { next } = await prove({
        pods: [busy(greenPod), idle(bluePod)],
        prepare: ({ metrics }) => {
          metrics.warnings = ["store gateway is away"];
        },
      });
      assert.equal(reasonOf(next), "PARTIAL_ANSWER");
    });

    it("a pod of no known revision", async () => {
      const { next } = await prove({ pods: [busy(greenPod), idle(bluePod), idle("jukebox-mystery")] });
      assert.equal(reasonOf(next), "UNMAPPED_POD");
    });
  });

  describe("looks around for the cause:", () => {
    /** Answers the wider question, which has no pod matcher, with `wide`. */
    function around(metrics: ScrapedMetrics, wide: () => readonly Series[]) {
      const narrow = metrics.query;
      const asked: string[] = [];
      metrics.query = async (promql) => {
        if (promql.includes("pod=~")) return narrow(promql);
        asked.push(promql);
        return { series: wide(), warnings: [] };
      };
      return asked;
    }
    const federated: Series = {
      labels: { __name__: "ovms_requests_success", pod: "federate-0", exported_pod: greenPod },
      samples: [{ time: start, value: 1 }],
    };

    it("after a few scrape intervals for the log, and at the deadline for the outcome", async () => {
      let asked: readonly string[] = [];
      const seconds: number[] = [];
      const { next, log } = await prove({
        pods: [],
        prepare: ({ metrics, clock }) => {
          asked = around(metrics, () => {
            seconds.push(Math.floor(clock.now() / 1000) - start);
            return [federated];
          });
        },
      });

      // No interval could be learned: three of the usual ones.
      assert.deepEqual(seconds, [90, 300]);
      assert.equal(reasonOf(next), "WRONG_LABEL");
      assert.match(next.verdict?.trouble?.evidence ?? "", /in the label exported_pod; no sample of pod /);
      assert.equal(asked.length, 2);
      assert.deepEqual(log.of("warn").length, 1);
      assert.match(log.of("warn")[0] ?? "", /in the label exported_pod\. Relabel in the ServiceMonitor/);
    });

    it("not where the counters come in time", async () => {
      let asked: readonly string[] = [];
      const { next } = await prove({
        pods: [busy(greenPod, 9), idle(bluePod)],
        prepare: ({ metrics }) => {
          asked = around(metrics, () => [federated]);
        },
      });

      assert.equal(outcomeOf(next), "PASS");
      assert.deepEqual(asked, []);
    });

    it("not for what is no matter of looking", async () => {
      let asked: readonly string[] = [];
      const { next } = await prove({
        pods: [busy(greenPod), idle(bluePod)],
        limits: { minRequests: 1_000_000 },
        prepare: ({ metrics }) => {
          asked = around(metrics, () => [federated]);
        },
      });

      assert.equal(reasonOf(next), "TOO_FEW_REQUESTS");
      assert.deepEqual(asked, []);
    });

    it("and keeps its finding where that finds nothing, or fails", async () => {
      for (const [wide, failures] of [
        [() => [], 0],
        [
          () => {
            throw unreachable;
          },
          2,
        ],
      ] as const) {
        // biome-ignore format: short
        const { next, log } = await prove({
          pods: [idle(greenPod), idle(bluePod)],
          prepare: ({ metrics }) => void around(metrics, wide),
        });

        assert.equal(reasonOf(next), "NO_TRAFFIC");
        assert.deepEqual(log.of("warn"), []);
        assert.equal(
          log.of("debug").filter((line) => /^The look around failed: .*503/.test(line)).length,
          failures,
        );
      }
    });

    it("and lets bugs come through", async () => {
      const bug = new TypeError("bug");
      const broken = prove({
        pods: [],
        prepare: ({ metrics }) =>
          void around(metrics, () => {
            throw bug;
          }),
      });
      await assert.rejects(broken, bug);
    });
  });

  describe("probe requests", () => {
    it("are asked for after each look, and counted", async () => {
      const seen: Proof[] = [];
      let sentAt = Number.POSITIVE_INFINITY;
      let now = () => 0;
      const probed: ScrapedPod = { pod: greenPod, requests: (time) => (time > sentAt ? 12 : 0) };
      const { next } = await prove({
        pods: [probed, idle(bluePod)],
        prepare: ({ clock }) => {
          now = () => clock.now() / 1000;
        },
        probe: async ({ judgement }) => {
          seen.push(judgement);
          if (seen.length === 5) sentAt = now();
          return { sent: [{ revision: r24, sent: seen.length < 5 ? 0 : 12 }] };
        },
      });

      assert.equal(outcomeOf(next), "PASS");
      const verdicts = seen.map(({ verdict }) => verdict);
      assert.ok(verdicts.length >= 6);
      assert.deepEqual(verdicts, [...verdicts.slice(1).fill("NOT_YET"), "PASS"]);
      assert.equal(next.verdict?.strength?.probes, 12);
      assert.match(next.verdict?.summary ?? "", /^12 requests on \S+ \(12 of them our own probes\)/);
    });

    it("that fail end it with their cause", async () => {
      const { next } = await prove({
        pods: [idle(greenPod), idle(bluePod)],
        probe: () => Promise.reject(new Failure("METRICS_QUERY", "as an example")),
      });
      assert.equal(reasonOf(next), "METRICS_QUERY");
    });
  });

  it("leaves a state that can be read back, with all that the verdict rests on", async () => {
    const { next } = await prove({ pods: [busy(greenPod), idle(bluePod)] });
    const read = parseRunState(formatRunState(next), {});

    assert.deepEqual(read.verdict?.strength, next.verdict?.strength);
    assert.equal(read.verdict?.since, start + 5);
    assert.match(JSON.stringify(read.verdict?.pods), /"samples":"1700000005=\d+ 1700000010=\d+"/);
    assert.deepEqual(
      next.verdict?.holdings?.map(({ role, revision }) => [role, revision]),
      [
        ["active", r24],
        ["standby", r23],
      ],
    );
  });

  it("knows a pod that began after the settle time by its being new", async () => {
    const late: ScrapedPod = { pod: bluePod, requests: (time) => (time < start + 14 ? Number.NaN : 1) };
    const { next } = await prove({
      pods: [busy(greenPod, 8, 0.2), late],
      worlds: [
        { at: 0, value: { ...promoted, pods: [readyPod(r24)] } },
        { at: 9_000, value: promoted },
      ],
      limits: { minRequests: 3 },
    });

    assert.equal(reasonOf(next), "OTHER_REVISION_SERVED");
  });

  it("passes late: traffic that comes after a while", async () => {
    const { next, tookMs } = await prove({ pods: [busy(greenPod, 120), idle(bluePod)] });
    assert.equal(outcomeOf(next), "PASS");
    assert.ok(tookMs >= 120_000 && tookMs < 140_000, `${tookMs} ms`);
  });

  it("remembers the revision of a pod that vanishes meanwhile", async () => {
    const odd = "hashed-name-of-a-pod";
    const pods = [readyPod(r24), readyPod(r23, { name: odd })];
    const { next } = await prove({
      pods: [busy(greenPod), { pod: odd, requests: (time) => Math.min(3, Math.max(0, time - start - 5)) }],
      worlds: [
        { at: 0, value: { ...promoted, pods } },
        { at: 3_000, value: { ...promoted, pods: [readyPod(r24)] } },
      ],
    });
    assert.equal(reasonOf(next), "OTHER_REVISION_SERVED");
    assert.match(next.verdict?.query ?? "", new RegExp(odd));
  });

  describe("errors", () => {
    it("in a row end it with their cause", async () => {
      const { next, log } = await prove({
        pods: [busy(greenPod), idle(bluePod)],
        prepare: ({ metrics }) => metrics.failures.push(...Array.from({ length: 5 }, () => unreachable)),
      });
      assert.deepEqual(next.verdict?.trouble, { reason: "METRICS_UNREACHABLE", evidence: "503" });
      assert.equal(outcomeOf(next), "ERROR");
      assert.deepEqual(
        log.of("warn").map((line) => line.slice(-16)),
        ["(1 of 5 in a row)", "(2 of 5 in a row)", "(3 of 5 in a row)", "(4 of 5 in a row)"].map((text) =>
          text.slice(-16),
        ),
      );
    });

    it("that go on end it at its time limit, however many are allowed", async () => {
      const { next, tookMs } = await prove({
        pods: [busy(greenPod), idle(bluePod)],
        limits: { maxErrors: 1_000 },
        prepare: ({ metrics }) => metrics.failures.push(...Array.from({ length: 1_000 }, () => unreachable)),
      });
      assert.equal(reasonOf(next), "METRICS_UNREACHABLE");
      assert.ok(tookMs <= limits.timeoutMs + 2 * limits.intervalMs, `${tookMs} ms`);
    });

    it("at the time limit are given one more look", async () => {
      const { next, tookMs } = await prove({
        pods: [busy(greenPod, 299), idle(bluePod)],
        prepare: ({ clock, metrics }) =>
          void clock.sleep(299_000).then(() => metrics.failures.push(unreachable)),
      });
      assert.notEqual(reasonOf(next), "METRICS_UNREACHABLE");
      assert.ok(tookMs > limits.timeoutMs);
    });

    it("count from the start again after a success", async () => {
      const { next, log } = await prove({
        pods: [busy(greenPod, 30), idle(bluePod)],
        prepare: ({ clock, metrics }) => {
          const some = () => metrics.failures.push(...Array.from({ length: 4 }, () => unreachable));
          some();
          void clock.sleep(11_000).then(some);
        },
      });
      assert.equal(outcomeOf(next), "PASS");
      assert.equal(log.of("warn").length, 8);
    });

    it("of the Kubernetes API count as well", async () => {
      const { next, metrics } = await prove({ pods: [busy(greenPod)], worlds: [{ at: 0, trouble: away }] });
      assert.equal(reasonOf(next), "CLUSTER_UNREACHABLE");
      assert.equal(metrics.queries.length, 0);
    });

    for (const reason of ["METRICS_AUTH", "METRICS_QUERY"] as const) {
      it(`that no patience mends (${reason}) end it at once`, async () => {
        const { next, tookMs } = await prove({
          pods: [busy(greenPod)],
          prepare: ({ metrics }) => void metrics.failures.push(new Failure(reason, "no")),
        });
        assert.equal(reasonOf(next), reason);
        assert.equal(tookMs, 0);
      });
    }

    it("that are bugs come through", async () => {
      const bug = new TypeError("bug");
      await assert.rejects(
        prove({
          pods: [],
          prepare: ({ metrics }) => {
            metrics.query = () => Promise.reject(bug);
          },
        }),
        bug,
      );
    });
  });

  describe("the route", () => {
    const gone: World = { revisions: [], pods: [] };
    const finals: Readonly<Record<string, readonly [world: World, reason: ReasonId]>> = {
      "vanishes with its service": [gone, "SERVICE_DELETED"],
      "leaves Knative mode": [worldIn("S5", { mode: "Standard" }), "MODE_CHANGED"],
      "names a stranger": [
        worldIn("S5", { traffic: [{ revision: r25, percent: 100, latest: true }] }),
        "WRONG_REVISION",
      ],
    };
    for (const [what, [world, reason]] of Object.entries(finals)) {
      it(`that ${what} ends it at once`, async () => {
        const { next, tookMs } = await prove({
          pods: [idle(greenPod), idle(bluePod)],
          worlds: [
            { at: 0, value: promoted },
            { at: 9_000, value: world },
          ],
        });
        assert.equal(reasonOf(next), reason);
        assert.equal(tookMs, 10_000);
      });
    }

    it("that is moved away is no pass, whatever the counters say", async () => {
      const back = worldIn("S5", {
        traffic: [
          { revision: r24, percent: 80, latest: true },
          { revision: r23, percent: 20, latest: false, tag: "prev" },
        ],
      });
      const { next, metrics, log } = await prove({
        pods: [busy(greenPod), idle(bluePod)],
        worlds: [{ at: 0, value: back }],
      });
      assert.equal(reasonOf(next), "ROLLOUT_TIMEOUT");
      assert.equal(metrics.queries.length, 0);
      assert.match(log.of("info")[0] ?? "", /^Waiting: traffic is /);
    });

    it("of which a pod with a hashed name is gone can still be proven, and the pod is asked for", async () => {
      const hashed = "jukebox-4f1c-long-name";
      const before = { ...promoted, pods: [...promoted.pods, readyPod(r23, { name: hashed })] };
      const { next, metrics } = await prove({
        pods: [busy(greenPod), idle(bluePod), idle(hashed)],
        worlds: [
          { at: 0, value: before },
          { at: 8_000, value: promoted },
        ],
      });
      assert.equal(outcomeOf(next), "PASS", next.verdict?.trouble?.evidence);
      assert.ok(metrics.queries.every((query) => query.includes(hashed)));
    });

    it("that is proven with the last look before the deadline is a PASS", async () => {
      const pods = [busy(greenPod), idle(bluePod)];
      const { tookMs } = await prove({ pods });
      const { next } = await prove({ pods, limits: { timeoutMs: tookMs } });
      assert.equal(outcomeOf(next), "PASS");
    });

    it("that is moved away and back again can still be proven", async () => {
      const { next } = await prove({
        pods: [busy(greenPod), idle(bluePod)],
        worlds: [
          { at: 0, value: worldIn("S3") },
          { at: 20_000, value: promoted },
        ],
      });
      assert.equal(outcomeOf(next), "PASS");
    });

    describe("somebody else's commit explains", () => {
      const rolledBack = (git: MemoryGit) =>
        git.commit({ files: { [location.path]: fileWith("v2", 0) }, message: "Back, please" });

      it("a route that was moved away, at once", async () => {
        const { next, tookMs } = await prove({
          pods: [busy(greenPod), idle(bluePod)],
          worlds: [
            { at: 0, value: promoted },
            { at: 5_000, value: worldIn("S6") },
          ],
          prepare: ({ git }) => void rolledBack(git),
        });
        assert.equal(reasonOf(next), "SUPERSEDED");
        assert.match(next.verdict?.trouble?.evidence ?? "", /“Back, please”\) set percent 0/);
        assert.ok(tookMs < 10_000, `${tookMs} ms`);
      });

      it("requests on the other revision", async () => {
        const { next } = await prove({
          pods: [busy(greenPod), busy(bluePod)],
          prepare: ({ git }) => void rolledBack(git),
        });
        assert.equal(reasonOf(next), "SUPERSEDED");
      });

      it("nothing while Git is away: what was seen is reported", async () => {
        const { next } = await prove({
          pods: [busy(greenPod), busy(bluePod)],
          prepare: ({ git }) => {
            rolledBack(git);
            git.outage = new Failure("GIT_UNREACHABLE", "503");
          },
        });
        assert.equal(reasonOf(next), "OTHER_REVISION_SERVED");
      });

      it("nothing where nothing failed: what is not proven yet may be proven by the next run", async () => {
        const { next } = await prove({
          pods: [idle(greenPod), idle(bluePod)],
          prepare: ({ git }) => void rolledBack(git),
        });
        assert.equal(reasonOf(next), "NO_TRAFFIC");
      });

      it("nothing of a run that is proven", async () => {
        const { next, git } = await prove({
          pods: [busy(greenPod), idle(bluePod)],
          prepare: ({ git }) => void rolledBack(git),
        });
        assert.equal(outcomeOf(next), "PASS");
        assert.equal(git.counts.head, 0);
      });
    });

    const harmless: Readonly<Record<string, World>> = {
      "a pod that comes and goes": worldOf(promoted.service, [r23]),
      "a service that is not Ready": worldOf(
        { ...promoted.service, conditions: { ...promoted.service.conditions, Ready: { status: "False" } } },
        [r23, r24],
      ),
    };
    for (const [what, world] of Object.entries(harmless)) {
      it(`is not moved by ${what}`, async () => {
        const { next } = await prove({
          pods: [busy(greenPod), idle(bluePod)],
          // What the API never listed would be another cluster's.
          worlds: [
            { at: 0, value: promoted },
            { at: 1000, value: world },
          ],
        });
        assert.equal(outcomeOf(next), "PASS");
      });
    }
  });

  describe("has nothing to do", () => {
    const rollout = { startedAt: 1, endedAt: 2, notes: [] };
    const states: Readonly<Record<string, Partial<RunState>>> = {
      "without a rollout": { rollout: undefined },
      "after a rollout that failed": {
        rollout: { ...rollout, trouble: { reason: "EDIT_NOT_REACHED", evidence: "x" } },
      },
      "where no revision is named": { rollout: { ...rollout, cutOverAt: 2 } },
      "where no cut-over was seen": { rollout: { ...rollout, active: r24 } },
    };
    for (const [what, changes] of Object.entries(states)) {
      it(what, async () => {
        const { next, state, metrics, cluster } = await prove({ pods: [], state: changes });
        assert.equal(next, state);
        assert.deepEqual([metrics.queries.length, cluster.reads], [0, 0]);
      });
    }
  });

  describe("a cancelled run", () => {
    it("says so", async () => {
      const cancel = new AbortController();
      const { next, tookMs, clock } = await prove({
        pods: [idle(greenPod), idle(bluePod)],
        signal: cancel.signal,
        prepare: ({ clock: time }) => void time.sleep(31_000).then(() => cancel.abort()),
      });
      assert.equal(reasonOf(next), "CANCELLED");
      assert.equal(tookMs, 31_000);
      assert.equal(clock.sleeping, 0);
    });

    it("does not wait for a Prometheus that hangs", async () => {
      const cancel = new AbortController();
      const { next, tookMs } = await prove({
        pods: [busy(greenPod), idle(bluePod)],
        signal: cancel.signal,
        prepare: ({ clock: time, metrics }) => {
          metrics.query = () => new Promise(() => {});
          void time.sleep(31_000).then(() => cancel.abort());
        },
      });
      assert.equal(reasonOf(next), "CANCELLED");
      assert.match(
        next.verdict?.trouble?.evidence ?? "",
        /^while verifying; the cut-over itself is in force$/,
      );
      assert.equal(tookMs, 31_000);
    });

    it("asks nothing when it was cancelled before", async () => {
      const { next, cluster } = await prove({ pods: [], signal: AbortSignal.abort() });
      assert.equal(reasonOf(next), "CANCELLED");
      assert.equal(cluster.reads, 0);
    });
  });
});
