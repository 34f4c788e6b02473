import assert from "node:assert/strict";
import { judge } from "../../../src/core/verdict/judge.ts";
import {
  countsFailures,
  countsInference,
  type RuntimeName,
  runtimeChoices,
  runtimes,
  runtimesOf,
} from "../../../src/core/verdict/runtimes.ts";
import { countPods } from "../../../src/core/verdict/samples.ts";
import type { Series } from "../../../src/ports.ts";
import { bluePod, cutOver, greenPod, input, series } from "./builders.ts";

/** As the servers print them, one success and one failure each. */
const exposed: Readonly<Record<RuntimeName, readonly [success: Series["labels"], failure?: Series["labels"]]>> = {
  ovms: [
    { __name__: "ovms_requests_success", api: "TensorFlowServing", interface: "gRPC", method: "Predict", name: "m", version: "1" },
    { __name__: "ovms_requests_fail", api: "KServe", interface: "REST", method: "ModelInfer", name: "m", version: "1" },
  ],
  triton: [
    { __name__: "nv_inference_request_success", model: "m", version: "1" },
    { __name__: "nv_inference_request_failure", model: "m", reason: "BACKEND", version: "1" },
  ],
  mlserver: [
    { __name__: "model_infer_request_success_total", model: "m", version: "None" },
    { __name__: "model_infer_request_failure_total", model: "m", version: "None" },
  ],
  vllm: [
    { __name__: "vllm:request_success_total", engine: "0", finished_reason: "length", model_name: "m" },
    { __name__: "vllm:request_success_total", engine: "0", finished_reason: "abort", model_name: "m" },
  ],
  kserve: [{ __name__: "request_predict_seconds_count", model_name: "m" }],
  knative: [
    { __name__: "revision_request_count", response_code: "404", response_code_class: "4xx", revision_name: "r" },
    { __name__: "revision_request_count", response_code: "503", response_code_class: "5xx", revision_name: "r" },
  ],
}; // biome-ignore format: a table

function shown(
  labels: Series["labels"],
  pod: string,
  points: readonly (readonly [number, number])[],
): Series {
  const target = { job: "models", instance: pod, namespace: "user1-test", pod };
  return {
    labels: { ...labels, ...target },
    samples: points.map(([at, value]) => ({ time: cutOver + at, value })),
  };
}

function up(pod: string, times: readonly number[], value = 1, job = "models"): Series {
  return {
    labels: { __name__: "up", job, instance: pod, namespace: "user1-test", pod },
    samples: times.map((at) => ({ time: cutOver + at, value })),
  };
}

const scraped = [6, 11, 16, 21];
const risen = [[6, 2], [11, 4], [16, 4], [21, 7]] as const; // biome-ignore format: short

describe("the table of runtimes", () => {
  it("is not asked where the runtime itself is given", () => {
    const [ovms] = runtimesOf("ovms");
    assert.ok(ovms);
    const own = { ...ovms, name: "query" } as const;
    assert.deepEqual(runtimesOf(own), [own]);
  });

  for (const [name, [success, failure]] of Object.entries(exposed)) {
    const [runtime] = runtimesOf(name as RuntimeName);
    assert.ok(runtime !== undefined);

    it(`${name}: counts what its server prints, and only that`, () => {
      assert.ok(countsInference(runtime, success));
      assert.equal(countsFailures(runtime, success), false);
      assert.equal(failure !== undefined, runtime.knowsFailures);
      if (failure !== undefined)
        assert.ok(countsInference(runtime, failure) && countsFailures(runtime, failure));
      for (const other of runtimes) assert.equal(countsInference(other, success), other === runtime);
    });

    it(`${name}: labels of its page do not look like the scrape's`, () => {
      const labels = Object.keys({ ...success, ...failure }).filter((label) => label !== "__name__");
      assert.deepEqual(
        labels.filter((label) => !runtime.labels.includes(label)),
        [],
      );
    });

    for (const choice of [name as RuntimeName, "auto"] as const) {
      it(`${name}: requests and failures per pod, chosen ${choice === "auto" ? "by what is there" : "by name"}`, () => {
        const all = [
          shown(success, greenPod, risen),
          ...(failure
            ? [
                shown(failure, greenPod, [
                  [6, 1],
                  [21, 3],
                ]),
              ]
            : []),
        ];
        const count = countPods({ series: all, warnings: [] }, cutOver + 5, { runtime: choice }).get(
          greenPod,
        );

        assert.equal(count?.runtime, name);
        assert.equal(count?.increase, failure ? 7 : 5);
        assert.equal(count?.failedIncrease, failure ? 2 : 0);
      });
    }
  }

  it("holds OVMS' filter of methods, and no failure for a series that is none of its own", () => {
    const [ovms] = runtimesOf("ovms");
    assert.ok(ovms !== undefined);
    for (const method of ["ModelReady", "ModelMetadata", "GetModelStatus", "ModelInferStream", ""]) {
      assert.equal(countsInference(ovms, { ...exposed.ovms[0], method }), false, method);
    }
    assert.equal(countsFailures(ovms, { __name__: "up" }), false);
  });

  it("offers auto first", () => {
    assert.deepEqual(runtimeChoices, ["auto", "ovms", "triton", "mlserver", "vllm", "kserve", "knative"]);
  });
});

describe("auto", () => {
  const knative = exposed.knative[0];

  it("takes the server's own counters, not those of the proxy in front of it, which counts readiness too", () => {
    const all = [
      shown(exposed.ovms[0], bluePod, [[6, 5], [11, 5], [21, 5]]),
      shown(knative, bluePod, [[6, 50], [11, 60], [21, 70]]),
      shown(exposed.ovms[0], greenPod, risen),
    ]; // biome-ignore format: short

    assert.equal(judge(input({}, all)).verdict, "PASS");
    assert.equal(judge(input({ runtime: "knative" }, all)).verdict, "FAIL");
  });

  it("chooses for each pod by itself", () => {
    const all = [
      shown(exposed.triton[0], bluePod, [
        [6, 5],
        [21, 5],
      ]),
      shown(exposed.vllm[0], greenPod, risen),
    ];
    const judgement = judge(input({}, all));

    assert.equal(judgement.verdict, "PASS");
    assert.deepEqual(
      judgement.pods.map(({ runtime }) => runtime),
      ["triton", "vllm"],
    );
  });

  it("takes a server that has no counters yet for idle, whatever the proxy counts", () => {
    const all = [
      up(bluePod, scraped),
      up(bluePod, scraped, 1, "proxy"),
      {
        ...shown(knative, bluePod, risen),
        labels: { ...shown(knative, bluePod, risen).labels, job: "proxy" },
      },
      up(greenPod, scraped),
      shown(exposed.mlserver[0], greenPod, risen),
    ];

    assert.equal(judge(input({}, all)).verdict, "PASS");
  });
});

describe("a blue that runs another server than green", () => {
  it("is judged by its own counters, though its target is up without those of green's server", () => {
    const late = ["mlserver", "vllm", "kserve"] as const;
    for (const [ours, other] of late.flatMap((one) => late.map((each) => [one, each] as const))) {
      const verdictOf = (...blue: Parameters<typeof shown>[2]) =>
        judge(
          input({}, [
            ...[up(bluePod, scraped), shown(exposed[other][0], bluePod, blue)],
            ...[up(greenPod, scraped), shown(exposed[ours][0], greenPod, risen)],
          ]),
        ).verdict;

      assert.equal(verdictOf([6, 5], [11, 7], [16, 7], [21, 9]), "FAIL", `${other} beside ${ours}`);
      assert.equal(verdictOf([6, 5], [11, 5], [16, 5], [21, 5]), "PASS", `${other} beside ${ours}`);
    }
  });
});

describe("a server that exports a counter with its first request", () => {
  const green = [up(greenPod, scraped), shown(exposed.kserve[0], greenPod, risen)];

  it("is idle while its target is up without one", () => {
    const judgement = judge(input({}, [up(bluePod, scraped), ...green]));

    assert.equal(judgement.verdict, "PASS", judgement.summary);
    assert.equal(judgement.pods[0]?.samples, 4);
  });

  it("is known by good scrapes since the moment, and by its latest one", () => {
    const scrapes = (...at: readonly (readonly [number, number])[]): Series => ({
      ...up(bluePod, []),
      samples: at.map(([time, value]) => ({ time: cutOver + time, value })),
    });
    const idle = (...at: readonly (readonly [number, number])[]) =>
      countPods({ series: [scrapes(...at), ...green], warnings: [] }, cutOver + 5).get(bluePod);

    const steady = idle([1, 1], [5, 1], [10, 1], [15, 1]);
    assert.deepEqual(
      [steady?.samples, steady?.base?.time, steady?.last?.time, steady?.down],
      [3, cutOver + 5, cutOver + 15, false],
    );
    const failing = idle([1, 1], [6, 1], [11, 1], [16, 0]);
    assert.deepEqual([failing?.samples, failing?.last?.time, failing?.down], [2, cutOver + 11, true]);
    const before = idle([1, 1]);
    assert.deepEqual(
      [before?.samples, before?.base, before?.last, before?.series],
      [0, undefined, undefined, []],
    );
  });

  it("is not told by another endpoint or container of the same job", () => {
    const labelled = (one: Series, labels: Series["labels"]) => ({
      ...one,
      labels: { ...one.labels, ...labels },
    });
    const port = (endpoint: string, container: string) => {
      const [scrapes, counter] = green as [Series, Series];
      const judgement = judge(
        input({}, [
          labelled(up(bluePod, scraped), { endpoint, container }),
          labelled(scrapes, { endpoint: "metrics", container: "server" }),
          labelled(counter, { endpoint: "metrics", container: "server" }),
        ]),
      );
      return judgement.verdict;
    };

    assert.equal(port("metrics", "server"), "PASS");
    assert.equal(port("proxy", "server"), "NOT_YET");
    assert.equal(port("metrics", "proxy"), "NOT_YET");
  });

  it("is not told by another port of the same job", () => {
    const at = (one: Series, instance: string) => ({ ...one, labels: { ...one.labels, instance } });
    const [greenUp, greenCounter] = green as [Series, Series];
    const verdictOf = (...blue: readonly Series[]) =>
      judge(
        input({}, [
          ...blue,
          at(greenUp, "10.0.0.2:8012"),
          at(greenUp, "10.0.0.2:8080"),
          at(greenCounter, "10.0.0.2:8080"),
        ]),
      ).verdict;
    const proxy = at(up(bluePod, scraped), "10.0.0.1:8012");

    assert.equal(verdictOf(proxy), "NOT_YET");
    assert.equal(verdictOf(proxy, at(up(bluePod, scraped, 0), "10.0.0.1:8080")), "NOT_YET");
    assert.equal(verdictOf(proxy, at(up(bluePod, scraped), "[fd00::1]:8080")), "PASS");
  });

  it("is told by all targets of its kind", () => {
    const replica = (one: Series, replica: string) => ({ ...one, labels: { ...one.labels, replica } });
    const good = replica(up(bluePod, scraped), "a");
    const others = {
      PASS: [up(bluePod, scraped)],
      NOT_YET: [up(bluePod, scraped, 0), up(bluePod, [1]), up(bluePod, [3, 4])],
    };
    for (const [verdict, all] of Object.entries(others)) {
      for (const other of all) {
        const blue = [good, replica(other, "b")];
        assert.equal(judge(input({}, [...blue, ...green])).verdict, verdict);
        assert.equal(judge(input({}, [...blue.toReversed(), ...green])).verdict, verdict);
      }
    }
  });

  it("has not begun again where a scrape failed", () => {
    const resting = shown(exposed.kserve[0], bluePod, [[6, 5], [16, 5], [21, 5]]); // biome-ignore format: short
    const missed = up(bluePod, [11], 0).samples;
    const scrapes = {
      ...up(bluePod, scraped),
      samples: [...up(bluePod, [6]).samples, ...missed, ...up(bluePod, [16, 21]).samples],
    };

    assert.equal(judge(input({}, [scrapes, resting, ...green])).verdict, "PASS");
  });

  it("is not told to be idle where the counter that it had is gone", () => {
    for (const before of [
      [-40, 7],
      [6, 7],
    ] as const) {
      const gone = shown(exposed.kserve[0], bluePod, [before]);
      const judgement = judge(input({}, [up(bluePod, [-40, ...scraped]), gone, ...green]));

      // It began again and is idle, or its part of the page is left out and it serves.
      assert.equal(judgement.verdict === "NOT_YET" && judgement.reason, "NO_SCRAPE", judgement.summary);
    }
  });

  it("is not told to be idle where it came back to its old value", () => {
    const back = shown(exposed.kserve[0], bluePod, [[6, 1], [16, 1], [21, 1]]); // biome-ignore format: short
    const judgement = judge(input({}, [up(bluePod, scraped), back, ...green]));

    // It began again and had one request, or its part of a page was left out and it had none.
    assert.match(
      judgement.verdict === "NOT_YET" ? judgement.detail : judgement.verdict,
      /^a page of pod \S+-00023/,
    );
  });

  it("is no less doubtful where the pod came back at another address, which no earlier page is of", () => {
    const moved = (one: Series): Series => ({ ...one, labels: { ...one.labels, instance: "10.0.0.9:8080" } });
    const before = [up(bluePod, [-4, 1]), shown(exposed.kserve[0], bluePod, [[-4, 2], [1, 2]])]; // biome-ignore format: short
    const verdictOf = (value: number) => {
      const points = [[12, value], [17, value], [21, value]] as const; // biome-ignore format: short
      const after = [up(bluePod, [7, 12, 17, 21]), shown(exposed.kserve[0], bluePod, points)];
      const green = [up(greenPod, scraped), shown(exposed.kserve[0], greenPod, risen)];
      const judgement = judge(input({}, [...before, ...after.map(moved), ...green]));
      return judgement.verdict === "NOT_YET" ? judgement.reason : judgement.verdict;
    };

    assert.deepEqual([verdictOf(1), verdictOf(2), verdictOf(5)], ["FAIL", "NO_SCRAPE", "NO_SCRAPE"]);
  });

  it("is told anew by the same command again, for whose cut-over the page that left it out is the past", () => {
    const back = shown(exposed.kserve[0], bluePod, [[-9, 1], /* -4 */ [1, 1], [6, 1], [11, 1], [16, 1], [21, 1]]); // biome-ignore format: short
    const scrapes = up(bluePod, [-9, -4, 1, ...scraped]);

    assert.equal(judge(input({}, [scrapes, back, ...green])).verdict, "PASS");
    const earlier = judge(input({ cutOverAt: input().cutOverAt - 15_000 }, [scrapes, back, ...green]));
    assert.match(
      earlier.verdict === "NOT_YET" ? earlier.detail : earlier.verdict,
      /; the same command again counts from then on$/,
    );
  });

  it("has served what it counts after it began again, and what it counts beyond a page that left it out", () => {
    const blue = (runtime: RuntimeName, last: number) =>
      judge(
        input({}, [up(bluePod, scraped), shown(exposed[runtime][0], bluePod, [[6, 9], [16, last], [21, last]]), ...green]),
      ); // biome-ignore format: rows

    assert.deepEqual([blue("vllm", 2).verdict, blue("vllm", 2).otherRequests], ["FAIL", 2]);
    assert.deepEqual([blue("kserve", 12).verdict, blue("kserve", 12).otherRequests], ["FAIL", 3]);
  });

  it("counts no old request where queue-proxy hands on a page without the server's part", () => {
    const times = [-9, -4, 1, ...scraped];
    const scrapes = [up(bluePod, times), up(greenPod, times)];
    const leftOut = [[-4, 950], [1, 960], [6, 960], /* 11 */ [16, 960], [21, 960]] as const; // biome-ignore format: short
    const busy = [[-4, 5], [1, 10], [6, 60], [11, 110], [16, 160], [21, 200]] as const; // biome-ignore format: short
    const idle = [[-4, 5], [1, 5], [6, 5], [11, 5], [16, 5], [21, 5]] as const; // biome-ignore format: short
    const findingOf = (blue: typeof leftOut | typeof idle, active: typeof leftOut | typeof busy) => {
      const judgement = judge(
        input({}, [
          ...scrapes,
          shown(exposed.kserve[0], bluePod, blue),
          shown(exposed.kserve[0], greenPod, active),
        ]),
      );
      return judgement.verdict === "NOT_YET" ? judgement.reason : judgement.verdict;
    };

    assert.equal(findingOf(leftOut, busy), "NO_SCRAPE");
    assert.equal(findingOf(idle, leftOut), "NO_TRAFFIC");
    assert.equal(findingOf(idle, busy), "PASS");
  });

  it("does not count what rose around the settle time, where the first page after it left it out", () => {
    for (const runtime of ["ovms", "kserve"] as const) {
      const older = shown(exposed[runtime][0], bluePod, [[-4, 940], [1, 950], /* 6 */ [11, 960], [16, 960], [21, 960]]); // biome-ignore format: short
      const judgement = judge(input({}, [up(bluePod, [-4, 1, ...scraped]), older, ...green]));

      assert.equal(judgement.verdict === "NOT_YET" && judgement.reason, "NO_SCRAPE", judgement.summary);
    }
  });

  it("is known from another job that missed no page", () => {
    const second = (one: Series): Series => ({ ...one, labels: { ...one.labels, job: "second" } });
    const resting = shown(exposed.kserve[0], bluePod, [[6, 9], [11, 9], [16, 9], [21, 9]]); // biome-ignore format: short
    const leftOut = shown(exposed.kserve[0], bluePod, [[6, 9], [16, 9], [21, 9]]); // biome-ignore format: short
    const scrapes = [up(bluePod, scraped), up(bluePod, scraped, 1, "second")];

    assert.equal(judge(input({}, [...scrapes, leftOut, second(resting), ...green])).verdict, "PASS");
  });

  it("was there where only another replica's scrape tells that it was up", () => {
    const resting = shown(exposed.kserve[0], bluePod, [[-7, 9], [-2, 9], [3, 9], [8, 2], [13, 2], [18, 2]]); // biome-ignore format: short
    const scrapes = up(bluePod, [-9, -4, 1, ...scraped]);

    assert.equal(judge(input({}, [scrapes, resting, ...green])).verdict, "PASS");
  });

  const doubts: readonly (readonly [what: string, ...Series[]])[] = [
    ["its counter is no number", up(bluePod, scraped), shown(exposed.kserve[0], bluePod, [[6, Number.NaN]])],
    ["another port is up", up(bluePod, scraped, 1, "proxy")],
    ["its scrape fails", up(bluePod, scraped, 0)],
    ["it was read once", up(bluePod, [21])],
    ["it was read long ago", up(bluePod, [-20, -10])],
  ];
  for (const [what, ...all] of doubts) {
    it(`is unseen where ${what}`, () => {
      const judgement = judge(input({}, [...all, ...green]));

      assert.equal(judgement.verdict === "NOT_YET" && judgement.reason, "NO_SCRAPE");
    });
  }

  it("counts its first value in full where its target was read before", () => {
    const first = shown(exposed.kserve[0], bluePod, [[16, 1], [21, 1]]); // biome-ignore format: short

    assert.equal(judge(input({}, [up(bluePod, scraped), first, ...green])).verdict, "FAIL");
    assert.equal(judge(input({}, [up(bluePod, [16, 21]), first, ...green])).verdict, "PASS");
  });

  it("is not taken for idle by a server that exports from zero", () => {
    const judgement = judge(
      input({}, [up(bluePod, scraped), up(greenPod, scraped), shown(exposed.ovms[0], greenPod, risen)]),
    );

    assert.equal(judgement.verdict === "NOT_YET" && judgement.reason, "NO_SCRAPE");
  });
});

describe("a server whose workers count by themselves, of which each scrape meets one", () => {
  const times = [-4, 1, ...scraped];
  const scrapes = [up(bluePod, times), up(greenPod, times)];
  const busy = [[1, 10], [6, 60], [11, 110], [16, 160], [21, 200]] as const; // biome-ignore format: short
  const turns = [[-4, 480], [1, 500], [6, 480], [11, 500], [16, 480], [21, 500]] as const; // biome-ignore format: short
  const idle = [[-4, 900], [1, 900], [6, 900], [11, 900], [16, 900], [21, 900]] as const; // biome-ignore format: short
  type Points = Parameters<typeof shown>[2];
  const looking = (blue: Points, active: Points, now = 22, name: RuntimeName = "kserve") => {
    const all = [
      ...scrapes,
      shown(exposed[name][0], bluePod, blue),
      shown(exposed[name][0], greenPod, active),
    ];
    const seen = all.map(({ labels, samples }) => ({
      labels,
      samples: samples.filter(({ time }) => time < cutOver + now),
    }));
    const judgement = judge(input({ nowMs: (cutOver + now) * 1000 }, seen));
    return judgement.verdict === "NOT_YET" ? `${judgement.reason} ${judgement.detail}` : judgement.verdict;
  };
  const workers = /^PARTIAL_ANSWER the counter of pod \S+ falls: each scrape shows one of several workers/;

  it("has neither served nor rested, at whatever moment it is looked at", () => {
    for (const now of [12, 17, 22]) {
      assert.match(looking(turns, busy, now), workers);
      assert.match(looking(idle, turns, now), workers);
    }
    assert.equal(looking(idle, busy), "PASS");
  });

  it("has not served where its latest scrape fell", () => {
    assert.match(looking([[-4, 500], [1, 500], [6, 500], [11, 480]], busy, 12), workers); // biome-ignore format: short
  });

  it("is known to be one where it came back to its height before the settle time", () => {
    assert.match(looking([[-14, 500], [-9, 480], [-4, 500], [6, 480], [11, 480], [16, 480], [21, 480]], busy), workers); // biome-ignore format: short
  });

  it("is none where one counter fell before the settle time, and rests", () => {
    assert.equal(looking([[-4, 500], [1, 500], [6, 3], [11, 3], [16, 3], [21, 3]], busy), "PASS"); // biome-ignore format: short
  });

  it("counts as one process where all workers share their counters", () => {
    assert.equal(looking(turns, busy, 22, "mlserver"), "FAIL");
  });

  it("is of no matter once it is gone", () => {
    const gone = shown(exposed.kserve[0], `${bluePod}2`, [[1, 500], [6, 480], [7, 500]]); // biome-ignore format: short
    const all = [
      ...scrapes,
      shown(exposed.kserve[0], bluePod, idle),
      shown(exposed.kserve[0], greenPod, busy),
    ];
    assert.equal(judge(input({}, [...all, gone])).verdict, "PASS");
  });

  it("counts nothing, not by another job either", () => {
    const second = shown(exposed.kserve[0], bluePod, [[8, 480], [13, 500], [18, 500]]); // biome-ignore format: short
    const counts = countPods(
      { series: [shown(exposed.kserve[0], bluePod, turns), { ...second, labels: { ...second.labels, job: "second" } }], warnings: [] },
      cutOver + 5,
    ).get(bluePod); // biome-ignore format: rows
    assert.deepEqual([counts?.increase, counts?.requests, counts?.contradictory], [0, 0, true]);
    assert.ok(counts?.series.every(({ counted, increase }) => !counted && increase === 0));
  });
});

describe("an ensemble", () => {
  it("counts a request once, on the busiest of its models", () => {
    const of = (model: string, points: readonly (readonly [number, number])[]) =>
      shown({ ...exposed.triton[0], model }, greenPod, points);
    const models = [of("tokenizer", [[6, 0], [21, 4]]), of("ensemble", [[6, 0], [21, 5]])]; // biome-ignore format: short
    for (const all of [models, models.toReversed()]) {
      const count = countPods({ series: all, warnings: [] }, cutOver + 5).get(greenPod);

      assert.equal(count?.increase, 5);
      for (const { labels, counted } of count?.series ?? [])
        assert.equal(counted, labels["model"] === "ensemble");
    }
  });
});

describe("a pod that began after the settle time", () => {
  it("counted all it ever counted since then", () => {
    const late = series(bluePod, [[16, 1], [21, 1]]); // biome-ignore format: short
    const green = shown(exposed.ovms[0], greenPod, risen);

    assert.equal(judge(input({}, [late, green])).verdict, "PASS");
    assert.equal(judge(input({ bornSince: new Set([bluePod]) }, [late, green])).verdict, "FAIL");
  });
});
