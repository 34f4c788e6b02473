import type { JudgeInput } from "../../../src/core/verdict/judge-input.ts";
import type { PodReading } from "../../../src/core/world.ts";
import type { Series } from "../../../src/ports.ts";

export const service = "jukebox";
export const blue = "jukebox-predictor-00023";
export const green = "jukebox-predictor-00024";
export const bluePod = `${blue}-deployment-6d5f-abcde`;
export const greenPod = `${green}-deployment-7c8b-fghij`;

/** The cut-over, in seconds since the epoch; times in tests count from here. */
export const cutOver = 1_700_000_000;

export function pod(name: string, change: Partial<PodReading> = {}): PodReading {
  return {
    name,
    revision: name.replace(/-deployment-.*$/, ""),
    ready: true,
    terminating: false,
    ...change,
  };
}

/** A series of ModelInfer successes: pairs of seconds after the cut-over and the counter's value. */
export function series(
  podName: string | undefined,
  points: readonly (readonly [number, number])[],
  labels: Readonly<Record<string, string>> = {},
): Series {
  return {
    labels: {
      __name__: "ovms_requests_success",
      namespace: "user1-test",
      api: "KServe",
      interface: "REST",
      method: "ModelInfer",
      name: "jukebox",
      version: "1",
      job: "pods",
      ...(podName === undefined ? {} : { pod: podName }),
      ...labels,
    },
    samples: points.map(([after, value]) => ({ time: cutOver + after, value })),
  };
}

/** Green active and blue idle, scraped every 5 s, asked 22 s after the cut-over: a PASS unless changed. */
export function input(change: Partial<JudgeInput> = {}, all?: readonly Series[]): JudgeInput {
  return {
    service,
    active: green,
    pods: [pod(bluePod), pod(greenPod)],
    answer: { series: all ?? [idleBlue(), busyGreen()], warnings: [] },
    cutOverAt: cutOver * 1000,
    settleSeconds: 5,
    nowMs: (cutOver + 22) * 1000,
    ...change,
  };
}

export function idleBlue(): Series {
  return series(bluePod, [
    [-4, 900],
    [1, 950],
    [6, 960],
    [11, 960],
    [16, 960],
    [21, 960],
  ]);
}

export function busyGreen(): Series {
  return series(greenPod, [
    [-3, 0],
    [2, 10],
    [7, 60],
    [12, 110],
    [17, 160],
  ]);
}
