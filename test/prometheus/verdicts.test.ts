import assert from "node:assert/strict";
import type { ReasonId } from "../../src/errors/catalogue.ts";
import { ask } from "../sandbox/metrics/client.ts";
import { type Ask, askServer } from "../sandbox/metrics/gate.ts";
import { type Listening, listen, readBody } from "../sandbox/metrics/http.ts";
import { infers, type Page, servePage } from "../sandbox/metrics/pages.ts";
import { hasPrometheus, type RealPrometheus, startReal } from "../sandbox/metrics/real.ts";
import { until } from "../sandbox/metrics/until.ts";
import { createStage, type Proof, podName, prove, type Stage } from "./stage.ts";

interface Case {
  /** The pods themselves are no targets. */
  readonly unscraped?: true;
  readonly expected: ReasonId | "PASS";
  /** What the summary or the evidence says. */
  readonly says: RegExp;
  /** Runs once everything is scraped. */
  run(stage: Stage, url: string): Promise<Proof>;
}

const soon = (ms: number, act: () => void) => void setTimeout(act, ms);

const cases: Readonly<Record<string, Case>> = {
  "green serves, blue is idle": {
    expected: "PASS",
    says: /^\d+ requests on \S+-00024, 0 on \S+-00023; /,
    run(stage, url) {
      stage.load(1);
      return prove(stage, url);
    },
  },
  "blue still gets 1 request in 100": {
    expected: "OTHER_REVISION_SERVED",
    says: /[1-9]\d* on \S+-00023/,
    run(stage, url) {
      stage.load(8, 100);
      return prove(stage, url, { maxLeak: 0.005 });
    },
  },
  "blue still gets 1 request in 1,000": {
    expected: "OTHER_REVISION_SERVED",
    says: /\d{2,} requests on \S+-00024, [1-9]\d* on \S+-00023/,
    run(stage, url) {
      stage.load(16, 1000);
      return prove(stage, url, { maxLeak: 0.0005, timeoutMs: 25_000 });
    },
  },
  "requests enough to exclude a leak": {
    expected: "PASS",
    says: /excludes a leak of (0\.\d+|1) % and more \(95 %/,
    run(stage, url) {
      stage.load(8);
      return prove(stage, url, { maxLeak: 0.01 });
    },
  },
  "too few requests for the leak to exclude": {
    expected: "TOO_FEW_REQUESTS",
    says: /^\d+ of the 3000 requests seen on \S+ that exclude a leak of 0\.1 %/,
    async run(stage, url) {
      soon(2500, () => void stage.infer("green"));
      return prove(stage, url, { maxLeak: 0.001, timeoutMs: 6000 });
    },
  },
  "green answers 500": {
    expected: "ONLY_FAILURES",
    says: /^all \d+ requests on \S+-00024 failed/,
    run(stage, url) {
      const green = stage.pods.get("green");
      assert.ok(green !== undefined);
      green.faults.failing = true;
      stage.load(1);
      return prove(stage, url, { timeoutMs: 5000 });
    },
  },
  "blue answers 500": {
    expected: "OTHER_REVISION_SERVED",
    says: /[1-9]\d* on \S+-00023/,
    run(stage, url) {
      const blue = stage.pods.get("blue");
      assert.ok(blue !== undefined);
      blue.faults.failing = true;
      stage.load(1, 2);
      return prove(stage, url);
    },
  },
  "readiness of idle blue is polled": {
    expected: "PASS",
    says: /, 0 on \S+-00023; /,
    run(stage, url) {
      stage.poll("blue");
      stage.load(1);
      return prove(stage, url);
    },
  },
  "nothing but readiness calls": {
    expected: "NO_TRAFFIC",
    says: /^only calls of ModelReady are counted, which are no inference; no request seen/,
    run(stage, url) {
      stage.poll("green");
      return prove(stage, url, { timeoutMs: 5000 });
    },
  },
  "blue's pod vanishes": {
    expected: "PASS",
    says: /, 0 on \S+-00023; /,
    run(stage, url) {
      stage.load(1);
      soon(1500, () => stage.pods.delete("blue"));
      return prove(stage, url, { minRequests: 250, timeoutMs: 60_000 });
    },
  },
  "blue's scrape fails to the end": {
    expected: "NO_SCRAPE",
    says: /^the target of pod \S+-00023-\S+ is down \(up is 0, job pods\); /,
    run(stage, url) {
      stage.load(1);
      const blue = stage.pods.get("blue");
      assert.ok(blue !== undefined);
      blue.faults.metricsOff = true;
      return prove(stage, url, { timeoutMs: 5000 });
    },
  },
  "all scrapes fail for a while": {
    expected: "PASS",
    says: /, 0 on \S+-00023; /,
    run(stage, url) {
      stage.load(1);
      for (const { faults } of stage.pods.values()) {
        faults.metricsOff = true;
        soon(3500, () => {
          faults.metricsOff = false;
        });
      }
      return prove(stage, url);
    },
  },
  "nobody scrapes the pods": {
    unscraped: true,
    expected: "NO_SCRAPE",
    says: /^Prometheus has no target for pod \S+, nor any other in the namespace; /,
    run: (stage, url) => prove(stage, url, { timeoutMs: 2000 }),
  },
  "another server's counters were asked for": {
    expected: "WRONG_RUNTIME",
    says: /: use --runtime ovms; /,
    run(stage, url) {
      stage.load(1);
      return prove(stage, url, { timeoutMs: 2000, runtime: "triton" });
    },
  },
  "the pod's name is under another label": {
    unscraped: true,
    expected: "WRONG_LABEL",
    says: /^ovms_requests_(success|fail) names pod \S+ in the label exported_pod; /,
    async run(stage, url) {
      const text = infers(1).replaceAll('version="1"', `version="1",pod="${podName("green")}"`);
      return withPages(stage, url, { "federate-0": text }, () => prove(stage, url, { timeoutMs: 3000 }));
    },
  },
  // Pages, so that the target stays the same, as it does for a container that restarts.
  "green restarts, and counts from zero": {
    unscraped: true,
    expected: "PASS",
    says: /^(3[1-9]|[4-9]\d|\d{3,}) requests on \S+-00024, 0 on /,
    run(stage, url) {
      const texts = { [podName("green")]: infers(1000), [podName("blue")]: infers(940) };
      return withPages(stage, url, texts, async ([green]) => {
        assert.ok(green !== undefined);
        const began = Date.now();
        const growing = setInterval(() => {
          const ms = Date.now() - began;
          green.text = infers(ms < 2500 ? 1000 : 30 + Math.floor(ms / 100));
        }, 100);
        return prove(stage, url, { minRequests: 31 }).finally(() => clearInterval(growing));
      });
    },
  },
};

/** Serves pages in the stage's namespace while `act` runs; it begins when they are scraped. */
async function withPages(
  stage: Stage,
  url: string,
  texts: Readonly<Record<string, string>>,
  act: (pages: readonly Page[]) => Promise<Proof>,
): Promise<Proof> {
  const { namespace } = stage;
  const pages = await Promise.all(Object.entries(texts).map(([pod, text]) => servePage(pod, text)));
  for (const page of pages) stage.pages.push(Object.assign(page, { namespace }));
  const query = `up{namespace="${namespace}"}`;
  try {
    await until(async () => (await ask(url, query)).result.length === pages.length, "every page is scraped");
    return await act(pages);
  } finally {
    await Promise.all(pages.map((page) => page.close()));
  }
}

const restarted = "Prometheus restarts in the middle";

describe("verdicts from a real Prometheus", function () {
  this.timeout(90_000);
  let prometheus: RealPrometheus;
  let front: Listening;
  let stages: ReadonlyMap<string, Stage> = new Map();
  const proofs = new Map<string, Promise<Proof>>();
  let current: Ask | undefined;
  const targets = () => [...stages.values()].flatMap((stage) => stage.targets());

  before(async function () {
    if (!(await hasPrometheus())) {
      assert.notEqual(process.env["BLUEGREEN_REQUIRE_ALL"], "1", "no program named prometheus on PATH");
      this.skip();
    }
    const names = [...Object.keys(cases), restarted];
    const made = await Promise.all(
      names.map(async (name, at) => [name, await createStage(`ns-${at}`)] as const),
    );
    stages = new Map(made);
    for (const [name, { unscraped }] of Object.entries(cases)) {
      const stage = stages.get(name);
      if (stage !== undefined) stage.scraped = unscraped !== true;
    }
    prometheus = await startReal({ scrapeSeconds: 1, targets });
    current = askServer(prometheus.url);
    front = await serveFront(() => current);
    const url = prometheus.url;
    await until(
      async () => (await ask(url, "up")).result.length === targets().length,
      "every pod is scraped",
    );
    // All at once: each waits for its own scrapes only.
    for (const [name, { run }] of Object.entries(cases)) {
      const proof = run(stages.get(name) as Stage, url);
      proof.catch(() => {});
      proofs.set(name, proof);
    }
  });

  after(async () => {
    await Promise.allSettled(proofs.values());
    await Promise.all([...stages.values()].map((stage) => stage.stop()));
    await Promise.all([front?.close(), prometheus?.stop()]);
  });

  for (const [name, { expected, says }] of Object.entries(cases)) {
    it(`${name}: ${expected}`, async () => {
      const { state, log } = (await proofs.get(name)) as Proof;
      const { trouble, summary } = state.verdict ?? {};

      assert.equal(
        trouble?.reason ?? "PASS",
        expected,
        `${trouble?.evidence ?? summary}\n${log.lines.join("\n")}`,
      );
      assert.match(trouble?.evidence ?? summary ?? "", says);
    });
  }

  it(`${restarted}, without its data: PASS`, async () => {
    const stage = stages.get(restarted) as Stage;
    await Promise.allSettled(proofs.values());
    stage.load(1);
    const proof = prove(stage, `http://127.0.0.1:${front.port}`, { timeoutMs: 30_000 });
    current = undefined;
    await prometheus.stop();
    prometheus = await startReal({ scrapeSeconds: 1, targets: () => stage.targets() });
    current = askServer(prometheus.url);
    const { state, log } = await proof;

    assert.equal(state.verdict?.trouble, undefined, log.lines.join("\n"));
    assert.ok(
      log.of("warn").some((line) => line.startsWith("Prometheus cannot be reached")),
      log.lines.join("\n"),
    );
  });
});

/** One address for a Prometheus that comes and goes. */
async function serveFront(to: () => Ask | undefined): Promise<Listening> {
  return listen((incoming, outgoing) => {
    const pass = async () => {
      const forward = to();
      if (forward === undefined) return outgoing.destroy();
      const { method = "GET", url = "/", headers } = incoming;
      const answer = await forward({ method, url, headers, body: await readBody(incoming) });
      return outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    };
    pass().catch(() => outgoing.destroy());
  });
}
