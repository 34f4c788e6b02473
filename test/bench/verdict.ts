/** From the cut-over to PASS with a 5 s scrape, against the course's query falling to zero for blue. */
import { run } from "../../src/cli/run.ts";
import { splitInForce } from "../sandbox/cluster/dataplane.ts";
import { jukebox, type Sandbox, startSandbox } from "../sandbox/sandbox.ts";

const scrapeSeconds = 5;
const ranges = ["5m", "1m", "20s"] as const;

export async function benchVerdict(): Promise<readonly string[]> {
  // Blue keeps its pod: with the pod its series would end, and the comparison would measure that instead.
  const sandbox = await startSandbox({
    requestsPerSecond: 30,
    scrapeSeconds,
    settings: { scaleToZeroMs: 3_600_000 },
  });
  try {
    await program(sandbox, ["stage", "--model-version", "green"]);
    const cutOver = switched(sandbox);
    const queries = ranges.map((range) => zeroFor(sandbox, range, cutOver));
    await program(sandbox, ["promote"]);
    const ours = (Date.now() - (await cutOver)) / 1000;
    const others = await Promise.all(queries);
    return [
      `${sandbox.prometheus?.kind} Prometheus, scrape every ${scrapeSeconds} s, settle time 5 s (the default)`,
      `bluegreen promote, PASS     ${ours.toFixed(1)} s after the data plane switched, ${(ours / scrapeSeconds).toFixed(1)} scrape intervals (target: at most 2.5)`,
      ...others.map(
        (seconds, at) =>
          `rate(…[${ranges[at]}]) of blue is 0  ${seconds.toFixed(1)} s, ${(seconds / ours).toFixed(1)} × as long`,
      ),
    ];
  } finally {
    await sandbox.stop();
  }
}

async function program(sandbox: Sandbox, argv: readonly string[]): Promise<void> {
  const lines: string[] = [];
  const code = await run({
    argv,
    env: { ...sandbox.env },
    streams: { out: (text) => lines.push(text), err: (text) => lines.push(text) },
    version: "bench",
    signal: new AbortController().signal,
  });
  if (code !== 0) throw new Error(`${argv.join(" ")} exited ${code}: ${lines.join("")}`);
}

/** When the proxies really send everything to green. */
async function switched(sandbox: Sandbox): Promise<number> {
  await sandbox.until(
    () =>
      splitInForce(sandbox.store, jukebox.namespace, jukebox.name).some(
        ({ revision, percent }) => revision.endsWith("-00002") && percent === 100,
      ),
    "green has all the traffic",
    60_000,
  );
  return Date.now();
}

async function zeroFor(sandbox: Sandbox, range: string, cutOver: Promise<number>): Promise<number> {
  const since = await cutOver;
  const query = `sum(rate(ovms_requests_success[${range}])) by (pod)`;
  const url = `${sandbox.prometheus?.url}/api/v1/query?query=${encodeURIComponent(query)}`;
  while (true) {
    const answer = (await (await fetch(url)).json()) as {
      data?: { result: { metric: { pod?: string }; value: [number, string] }[] };
    };
    const blue = answer.data?.result.find(({ metric }) => metric.pod?.includes("-00001-"));
    if (blue === undefined || Number(blue.value[1]) === 0) return (Date.now() - since) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
