/** Prometheus for the sandbox: the real one where it is installed, else one that knows what is asked here. */
import { embeddedApi } from "./embedded/api.ts";
import { startScraper } from "./embedded/scraper.ts";
import { createSampleStore } from "./embedded/store.ts";
import { type Ask, askServer, createGate, type PrometheusFaults } from "./gate.ts";
import { listen } from "./http.ts";
import { hasPrometheus, startReal } from "./real.ts";
import type { Target } from "./targets.ts";

export type { PrometheusFaults } from "./gate.ts";
export type { Target } from "./targets.ts";

export interface PrometheusOptions {
  readonly scrapeSeconds: number;
  /** Asked again and again; new targets are scraped at once by the embedded, within about 6 s by the real one. */
  readonly targets: () => readonly Target[];
  /** The embedded one even where a real one is installed. */
  readonly embedded?: boolean;
}

export interface Prometheus {
  readonly url: string;
  readonly kind: "real" | "embedded";
  /** May be changed at any time. */
  readonly faults: PrometheusFaults;
  stop(): Promise<void>;
}

interface Engine {
  readonly kind: Prometheus["kind"];
  readonly ask: Ask;
  stop(): Promise<void>;
}

/** Resolves when it answers. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const useReal = options.embedded !== true && (await hasPrometheus());
  const engine = useReal ? await realEngine(options) : embeddedEngine(options);
  const faults: PrometheusFaults = { mode: "none", slowMs: 3000 };
  const gate = createGate(engine.ask, faults);
  const { port, close } = await listen(gate.listener);
  return {
    url: `http://127.0.0.1:${port}`,
    kind: engine.kind,
    faults,
    async stop() {
      gate.close();
      await Promise.all([close(), engine.stop()]);
    },
  };
}

async function realEngine(options: PrometheusOptions): Promise<Engine> {
  const real = await startReal(options);
  return { kind: "real", ask: askServer(real.url), stop: () => real.stop() };
}

function embeddedEngine({ scrapeSeconds, targets }: PrometheusOptions): Engine {
  const store = createSampleStore();
  const scraper = startScraper({ scrapeSeconds, targets, store, now: Date.now });
  return { kind: "embedded", ask: embeddedApi(store, Date.now), stop: () => scraper.stop() };
}
