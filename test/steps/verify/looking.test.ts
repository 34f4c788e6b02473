import assert from "node:assert/strict";
import type { PodReading, World } from "../../../src/core/world.ts";
import type { QueryAnswer, Series } from "../../../src/ports.ts";
import { createMemory, type LookPorts, lookOnce } from "../../../src/steps/verify/looking.ts";
import { readVerdictQuery } from "../../../src/steps/verify/query-look.ts";
import { r23, r24, readyPod, worldIn } from "../../core/states.ts";
import { series } from "../../core/verdict/builders.ts";
import { stateOf } from "../builders.ts";

const cutOver = 1_700_000_000;
const greenPod = readyPod(r24);
const bluePod = readyPod(r23);

interface Moment {
  /** Seconds after the cut-over. */
  readonly at: number;
  readonly pods: readonly PodReading[];
}

/** Several looks of one `verify`, each at a moment of its own; `seriesAt` are the raw samples by then. */
async function lookingAt(
  moments: readonly Moment[],
  seriesAt: (at: number) => readonly Series[],
  promql?: string,
) {
  let { at, pods } = moments[0] as Moment;
  const ports: LookPorts = {
    metrics: { query: async (text) => answerTo(text, seriesAt(at), cutOver + at) },
    clock: { now: () => (cutOver + at) * 1000, sleep: async () => assert.fail("a look does not wait") },
    cluster: {
      read: async () => ({ ...worldIn("S5"), pods }),
      watch: () => assert.fail("a look reads once"),
    },
  };
  const scene = { state: stateOf(), active: r24, cutOverAt: cutOver * 1000, memory: createMemory() };
  const template = promql === undefined ? undefined : await readVerdictQuery(promql);
  const judgements: string[] = [];
  for (const moment of moments) {
    ({ at, pods } = moment);
    const look = await lookOnce(ports, scene, { settleSeconds: 5, promql: template }, []);
    assert.ok(look.kind === "judged");
    const { judgement } = look;
    judgements.push(judgement.verdict === "PASS" ? "PASS" : `${judgement.verdict} ${judgement.reason}`);
  }
  return judgements;
}

/** For a range the samples; for the query the rise since the settle time of each pod that has two. */
function answerTo(text: string, raw: readonly Series[], time: number): QueryAnswer {
  if (text.endsWith("]")) return { series: raw, warnings: [] };
  const rises = raw.flatMap(({ labels, samples }) => {
    const [first, ...rest] = samples.filter((sample) => sample.time > cutOver + 5);
    const last = rest.at(-1);
    if (first === undefined || last === undefined) return [];
    return [
      { labels: { pod: labels["pod"] as string }, samples: [{ time, value: last.value - first.value }] },
    ];
  });
  return { series: rises, warnings: [] };
}

function scrapedUntil(until: number, pod: string, points: readonly (readonly [number, number])[]): Series[] {
  const seen = points.filter(([at]) => at <= until);
  return seen.length === 0 ? [] : [series(pod, seen)];
}

describe("a blue pod that was born since the cut-over with its requests", () => {
  // Blue was at zero; requests that still find their way to it start a pod, which answers them at once.
  const born = { ...bluePod, name: `${r23}-deployment-6d5f-born1` };
  const moments = [
    { at: 10, pods: [greenPod] },
    { at: 38, pods: [greenPod, born] },
  ];
  const seriesAt = (until: number) => [
    ...scrapedUntil(until, greenPod.name, [[-3, 0], [2, 10], [7, 20], [12, 30], [17, 40], [22, 50], [27, 60], [32, 70], [37, 80]]),
    ...scrapedUntil(until, born.name, [[22, 25], [27, 25], [32, 25], [37, 25]]),
  ]; // biome-ignore format: rows

  it("served, by its first sample", async () => {
    assert.equal((await lookingAt(moments, seriesAt))[1], "FAIL OTHER_REVISION_SERVED");
  });

  it("served also where the first look was taken at the very end of the settle time", async () => {
    const early = moments.map((moment, index) => (index === 0 ? { ...moment, at: 5 } : moment));
    const looks = await lookingAt(early, seriesAt);
    assert.equal(looks[1], "FAIL OTHER_REVISION_SERVED");
  });

  it("contradicts the user's query, which does not show that", async () => {
    const query = "sum(rate(ovms_requests_success[$window])) by (pod)";
    assert.equal((await lookingAt(moments, seriesAt, query))[1], "NOT_YET QUERY_CONTRADICTED");
  });
});

describe("a clock of the scraping Prometheus' that is ahead by more than the settle time", () => {
  const ahead = 8;
  // Scraped every 15 s. Blue's last request ended 4 s after the cut-over, in the settle time; the second look comes
  // when no sample is newer than its own present.
  const moments = [
    { at: 15.5, pods: [bluePod, greenPod] },
    { at: 29, pods: [bluePod, greenPod] },
  ];
  const scrape = (pod: string, until: number, perSecond: number, end: number) =>
    series(
      pod,
      [-30, -15, 0, 15, 30]
        .filter((real) => real <= until)
        .map((real) => [real + ahead, 900 + perSecond * (60 + Math.min(real, end))] as const),
    );
  const seriesAt = (until: number) => [
    scrape(bluePod.name, until, 2, 4),
    scrape(greenPod.name, until, 3, 1000),
  ];

  it("is remembered from one look to the next", async () => {
    assert.deepEqual(await lookingAt(moments, seriesAt), ["NOT_YET NO_SCRAPE", "NOT_YET NO_SCRAPE"]);
  });

  it("is remembered behind the user's own query, too", async () => {
    const query = "sum(rate(ovms_requests_success[$window])) by (pod)";
    assert.doesNotMatch((await lookingAt(moments, seriesAt, query)).join(), /FAIL/);
  });
});

describe("a look through the user's own query", () => {
  const raw = (until: number) => [
    ...scrapedUntil(until, greenPod.name, [[7, 20], [12, 30], [17, 40], [22, 50], [27, 60]]),
    ...scrapedUntil(until, bluePod.name, [[7, 5], [12, 5], [17, 5], [22, 5], [27, 5]]),
  ]; // biome-ignore format: rows

  it("knows a pod that has ended since an earlier look, also where its name tells nothing", async () => {
    const query = "sum(rate(ovms_requests_success[$window])) by (pod)";
    const ended = { ...bluePod, name: "0b91c5" };
    const leaking = scrapedUntil(99, ended.name, [[7, 5], [12, 9], [17, 9], [22, 9], [27, 9]]); // biome-ignore format: row
    const looks = await lookingAt(
      [
        { at: 4, pods: [greenPod, ended] },
        { at: 30, pods: [greenPod] },
      ],
      (until) => [...raw(until).slice(0, 1), ...leaking],
      query,
    );
    assert.equal(looks[1], "FAIL OTHER_REVISION_SERVED");
  });

  /** One look half a minute after the cut-over at an answer with these rows. */
  async function lookAtRows(
    rows: readonly Readonly<Record<string, string>>[],
    by: string,
    world: World = worldIn("S5"),
  ) {
    const series = rows.map((labels) => ({ labels, samples: [{ time: cutOver + 30, value: 1 }] }));
    const ports: LookPorts = {
      metrics: {
        query: async (text) => ({ series: text.endsWith("]") ? raw(30) : series, warnings: [] }),
      },
      clock: { now: () => (cutOver + 30) * 1000, sleep: async () => assert.fail("a look does not wait") },
      cluster: {
        read: async () => ({ ...world, pods: [greenPod, bluePod] }),
        watch: () => assert.fail("a look reads once"),
      },
    };
    const scene = { state: stateOf(), active: r24, cutOverAt: cutOver * 1000, memory: createMemory() };
    const promql = await readVerdictQuery(`sum(rate(ovms_requests_success[$window])) by (${by})`);
    const look = await lookOnce(ports, scene, { settleSeconds: 5, promql }, []);
    assert.ok(look.kind === "judged");
    return look.promql?.["rows"] as readonly { readonly revision?: string }[];
  }

  it("knows each revision that the cluster has, by a label of the result", async () => {
    const { revisions, ...world } = worldIn("S5");
    const older = revisions.map((each) => ({ ...each, name: "jukebox-by-hand" }));
    const rows = await lookAtRows(
      [{ revision_name: "jukebox-by-hand" }, { revision_name: "jukebox-stranger" }],
      "revision_name",
      { ...world, revisions: [...revisions, ...older] },
    );
    assert.deepEqual(
      rows.map(({ revision }) => revision),
      ["jukebox-by-hand", undefined],
    );
  });

  it("keeps no more than a hundred rows of an answer", async () => {
    const many = Array.from({ length: 101 }, (_, index) => ({ pod: `${r24}-deployment-a-${index}` }));
    assert.equal((await lookAtRows(many, "pod")).length, 100);
  });
});
