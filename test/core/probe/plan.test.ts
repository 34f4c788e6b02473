import assert from "node:assert/strict";
import {
  endingPods,
  isEndAwaited,
  isUnfinished,
  modelOf,
  type ProbeCourse,
  type ProbeMode,
  pauseBetween,
  probesDue,
} from "../../../src/core/probe/plan.ts";
import type { ProbeRole } from "../../../src/core/probe/target.ts";
import { type Judgement, judge } from "../../../src/core/verdict/judge.ts";
import type { Series } from "../../../src/ports.ts";
import {
  blue,
  bluePod,
  cutOver,
  green,
  greenPod,
  idleBlue,
  input,
  pod,
  series,
} from "../verdict/builders.ts";

const limits = { count: 10, perSecond: 5 };

// biome-ignore format: short
const idleGreen = () => series(greenPod, [[7, 9], [12, 9], [17, 9]]);

const judged = (change: Parameters<typeof input>[0] = {}, all?: readonly Series[]) =>
  judge(input(change, all));
const busy = judged();
const idle = judged({}, [idleBlue(), idleGreen()]);
const unscraped = judged({}, [idleGreen()]);
const partial = judged({ answer: { series: [idleBlue(), idleGreen()], warnings: ["partial"] } });
const unmapped = judged({}, [idleBlue(), idleGreen(), series("mystery", [[7, 1]])]);
const few = judged({ minRequests: 1000 });
const leaking = judged({}, [series(bluePod, [[6, 5], [11, 9], [21, 9]]), idleGreen()]); // biome-ignore format: short
const cold = judged({ pods: [] }, []);

function due(
  mode: ProbeMode,
  role: ProbeRole,
  judgement: Judgement,
  course: Partial<ProbeCourse> = {},
): number {
  const begun: ProbeCourse = {
    revision: role === "green" ? blue : green,
    sent: 0,
    doubtful: 0,
    rounds: 0,
    ...course,
  };
  return probesDue(mode, role, judgement, begun, limits);
}

describe("when probe requests are due", () => {
  // biome-ignore format: a table
  const table: readonly (readonly [what: string, judgement: Judgement, autoActive: number, autoGreen: number, always: number])[] = [
    ["there is traffic", busy, 0, 10, 10],
    ["there is none", idle, 10, 10, 10],
    ["there is some, and too little", few, 0, 10, 10],
    ["the revision has no pod: a request wakes it", cold, 10, 10, 10],
    ["a pod is not scraped", unscraped, 0, 0, 0],
    ["the answer is partial", partial, 0, 0, 0],
    ["a pod is not known", unmapped, 0, 0, 0],
    ["another revision served", leaking, 0, 0, 0],
  ];
  for (const [what, judgement, autoActive, autoGreen, always] of table) {
    it(what, () => {
      assert.equal(due("auto", "active", judgement), autoActive);
      assert.equal(due("auto", "green", judgement), autoGreen);
      assert.equal(due("always", "active", judgement), always);
      assert.equal(due("always", "green", judgement), always);
    });
  }

  it("a round that was begun is ended, also where traffic came meanwhile", () => {
    assert.equal(due("auto", "active", busy, { rounds: 1, sent: 4 }), 6);
    assert.equal(due("auto", "active", busy, { rounds: 1, sent: 10 }), 0);
  });

  it("in slices, so that the cluster is looked at in between", () => {
    const course = { revision: green, sent: 0, doubtful: 0, rounds: 0 };
    assert.equal(probesDue("always", "active", idle, course, { count: 1000, perSecond: 5 }), 25);
    const begun = { ...course, rounds: 1, sent: 990 };
    assert.equal(probesDue("always", "active", idle, begun, { count: 1000, perSecond: 5 }), 10);
    assert.equal(probesDue("always", "active", idle, course, { count: 10, perSecond: 0.1 }), 1);
  });

  it("again where all pods were read and nothing rose, three times at most", () => {
    const early = { sent: 10, rounds: 1, lastAt: (cutOver + 8) * 1000 };
    assert.equal(due("auto", "active", idle, early), 10);
    assert.equal(due("auto", "active", idle, { ...early, rounds: 2, sent: 20 }), 10);
    assert.equal(due("auto", "active", idle, { ...early, rounds: 3, sent: 30 }), 0);
    assert.equal(due("auto", "active", idle, { ...early, lastAt: (cutOver + 16) * 1000 }), 0, "one scrape");
    assert.equal(due("auto", "green", idle, early), 0);
    assert.equal(due("always", "active", busy, early), 0);
    assert.equal(due("auto", "active", cold, early), 0, "no pod was read");
    const { lastAt: _, ...unanswered } = early;
    assert.equal(due("auto", "active", idle, unanswered), 10);
    const fresh = judged({ pods: [pod(bluePod), pod(greenPod), pod(`${greenPod}2`)] }, [
      idleBlue(),
      idleGreen(),
    ]);
    assert.equal(due("auto", "active", fresh, early), 0, "a pod was never read");
  });

  it("again where all pods of the revision were read that are to stay, whatever others were", () => {
    const course = { sent: 10, rounds: 1, lastAt: (cutOver + 10) * 1000 };
    const readEarlier = series(bluePod, [[4, 9], [9, 9], [14, 9]]); // biome-ignore format: short
    const blueLate = judged({}, [readEarlier, idleGreen()]);
    assert.equal(due("auto", "active", blueLate, course), 10);
    const gone = series(`${greenPod}2`, [[-9, 9], [-4, 9], [1, 9]]); // biome-ignore format: short
    const greenLeft = judged({ pods: [pod(bluePod), pod(greenPod)] }, [idleBlue(), idleGreen(), gone]);
    assert.equal(greenLeft.pods.find(({ pod }) => pod === `${greenPod}2`)?.presence, "gone");
    assert.equal(due("auto", "active", greenLeft, course), 10);
    assert.equal(due("auto", "active", idle, { ...course, lastAt: (cutOver + 12) * 1000 }), 0, "just then");
  });

  it("no more where too many got no answer", () => {
    assert.equal(due("auto", "active", idle, { rounds: 1, doubtful: 19 }), 10);
    assert.equal(due("auto", "active", idle, { rounds: 1, doubtful: 20 }), 0);
  });
});

describe("the course of probe requests", () => {
  it("is unfinished for as long as a round is", () => {
    const course = { revision: green, sent: 9, doubtful: 5, rounds: 1 };
    assert.ok(isUnfinished(course, limits));
    assert.ok(!isUnfinished({ ...course, sent: 10 }, limits));
    assert.ok(!isUnfinished({ ...course, sent: 0, rounds: 0 }, limits));
  });

  it("keeps to its rate", () => assert.equal(pauseBetween(limits), 200));
});

describe("pods that are ending", () => {
  const pods = [
    pod(bluePod, { terminating: true }),
    pod(greenPod),
    pod(`${greenPod}2`, { terminating: true }),
  ];
  const judgement = judged({ pods: [...pods, pod(`${greenPod}3`, { ready: false })] });

  it("are those of the revision", () => {
    assert.deepEqual(endingPods(green, judgement), [`${greenPod}2`]);
    assert.deepEqual(endingPods(blue, judgement), [bluePod]);
  });

  it("are waited for, and not for ever", () => {
    assert.ok(!isEndAwaited(undefined, 9));
    assert.ok(isEndAwaited(1_000, 1_000));
    assert.ok(isEndAwaited(1_000, 45_999));
    assert.ok(!isEndAwaited(1_000, 46_000));
  });
});

describe("the model's name", () => {
  const named = (labels: Readonly<Record<string, string>>) => series(greenPod, [[7, 9], [12, 9]], labels); // biome-ignore format: short

  it("is the service's, unless the counters agree on another", () => {
    assert.equal(modelOf("jukebox", idle), "jukebox");
    assert.equal(modelOf("jukebox", cold), "jukebox");
    assert.equal(modelOf("jukebox", judged({}, [named({ name: "songs" })])), "songs");
    assert.equal(
      modelOf("jukebox", judged({}, [named({ name: "songs" }), named({ name: "artists" })])),
      "jukebox",
    );
    assert.equal(modelOf("jukebox", judged({}, [named({ name: ".." })])), "jukebox");
  });

  it("is found in other servers' labels", () => {
    const triton = (label: string) => ({
      labels: { __name__: "nv_inference_request_success", pod: greenPod, [label]: "songs" },
      samples: [7, 12, 17].map((at) => ({ time: cutOver + at, value: 1 })),
    });
    assert.equal(modelOf("jukebox", judged({}, [triton("model")])), "songs");
    assert.equal(modelOf("jukebox", judged({}, [triton("model_name")])), "songs");
    assert.equal(modelOf("jukebox", judged({}, [triton("other")])), "jukebox");
  });
});
