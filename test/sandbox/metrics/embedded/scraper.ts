import { request } from "node:http";
import type { Target } from "../targets.ts";
import { parseExposition } from "./exposition.ts";
import { type Labels, labelsKey, type SampleStore } from "./store.ts";

export interface Scraper {
  stop(): Promise<void>;
}

export interface ScraperOptions {
  readonly scrapeSeconds: number;
  readonly targets: () => readonly Target[];
  readonly store: SampleStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Scraped {
  readonly labels: Labels;
  readonly target: Target;
  timer: NodeJS.Timeout | undefined;
  /** The series of the last scrape by key. */
  series: ReadonlyMap<string, Labels>;
  gone: boolean;
}

const lookForTargetsMs = 100;

/** Scrapes each target at its own beat, as Prometheus does, and marks what is no longer there as stale. */
export function startScraper({ scrapeSeconds, targets, store, now }: ScraperOptions): Scraper {
  const known = new Map<string, Scraped>();
  const underWay = new Set<Promise<void>>();

  function follow(): void {
    const wanted = new Map(targets().map((target) => [targetKey(target), target]));
    for (const [key, target] of wanted) if (!known.has(key)) begin(key, target);
    for (const [key, scraped] of known) if (!wanted.has(key)) end(key, scraped);
  }
  function begin(key: string, target: Target): void {
    const { namespace, pod, port } = target;
    const labels = { job: "pods", instance: `127.0.0.1:${port}`, namespace, pod };
    const scraped: Scraped = { labels, target, timer: undefined, series: new Map(), gone: false };
    known.set(key, scraped);
    const turn = () => {
      const work = scrape(scraped).finally(() => underWay.delete(work));
      underWay.add(work);
    };
    scraped.timer = setInterval(turn, scrapeSeconds * 1000);
    turn();
  }
  function end(key: string, scraped: Scraped): void {
    clearInterval(scraped.timer);
    scraped.gone = true;
    known.delete(key);
    store.append({ __name__: "up", ...scraped.labels }, { time: now(), value: "stale" });
    replace(scraped, new Map(), now());
  }
  async function scrape(scraped: Scraped): Promise<void> {
    const time = now();
    const page = await fetchPage(scraped.target.port, scrapeSeconds * 1000).catch(() => undefined);
    const samples = page === undefined ? undefined : read(page);
    if (scraped.gone) return;
    store.append({ __name__: "up", ...scraped.labels }, { time, value: samples === undefined ? 0 : 1 });
    const series = new Map<string, Labels>();
    for (const sample of samples ?? []) {
      const labels = merge(sample.labels, scraped.labels);
      series.set(labelsKey(labels), labels);
      store.append(labels, { time, value: sample.value });
    }
    replace(scraped, series, time);
  }
  function replace(scraped: Scraped, series: ReadonlyMap<string, Labels>, time: number): void {
    for (const [key, labels] of scraped.series) {
      if (!series.has(key)) store.append(labels, { time, value: "stale" });
    }
    scraped.series = series;
  }

  const timer = setInterval(follow, lookForTargetsMs);
  follow();
  return {
    async stop() {
      clearInterval(timer);
      for (const scraped of known.values()) clearInterval(scraped.timer);
      await Promise.all(underWay);
    },
  };
}

function targetKey({ namespace, pod, port }: Target): string {
  return JSON.stringify([namespace, pod, port]);
}

function read(page: string) {
  try {
    return parseExposition(page);
  } catch {
    return undefined;
  }
}

/** The target's labels win; what the page said is kept as `exported_…`. */
function merge(own: Labels, target: Labels): Labels {
  const renamed = Object.entries(own).map(([label, value]) => [
    label in target ? `exported_${label}` : label,
    value,
  ]);
  return { ...Object.fromEntries(renamed), ...target };
}

function fetchPage(port: number, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = request({ host: "127.0.0.1", port, path: "/metrics", signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        response.statusCode === 200
          ? resolve(Buffer.concat(chunks).toString("utf8"))
          : reject(new Error(`answered ${response.statusCode}`)),
      );
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}
