/** Finds out why a look of `verify` lacks something, by a second, wider look. */
import { printable } from "../../core/text.ts";
import { type Diagnosis, diagnose } from "../../core/verdict/diagnose.ts";
import type { Proof } from "../../core/verdict/proof.ts";
import { diagnosisQuery } from "../../core/verdict/query.ts";
import type { World } from "../../core/world.ts";
import { reasons } from "../../errors/catalogue.ts";
import { Failure } from "../../errors/failure.ts";
import type { Log, Metrics } from "../../ports.ts";
import type { LookOptions, Scene } from "./looking.ts";

type Lack = "NO_SCRAPE" | "NO_TRAFFIC";

export interface Doubt {
  /** What the latest look lacked; looks around once it has lacked that for a few scrape intervals. */
  noted(judgement: Proof, world: World, nowMs: number): Promise<void>;
  /** Looks around now; what is found is the failure to report. */
  explained(judgement: Proof & { verdict: "NOT_YET" }, world: World): Promise<Failure>;
}

export interface DoubtPorts {
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Scrape intervals after which what is lacking is no longer a matter of waiting. */
const patience = 3;
/** OpenShift's, in seconds, for as long as none is learned. */
const usualInterval = 30;
const leastPatienceMs = 15_000;

export function createDoubt(
  { metrics, log }: DoubtPorts,
  scene: Scene,
  { runtime, promql }: LookOptions,
): Doubt {
  let lack: { readonly reason: Lack; readonly sinceMs: number; told: boolean } | undefined;

  async function look(reason: Lack, world: World): Promise<Diagnosis | undefined> {
    // What the user's own query reads, only the user knows.
    if (promql !== undefined) return undefined;
    const { service } = scene.state;
    try {
      const answer = await metrics.query(diagnosisQuery(service));
      const { pods } = world;
      return diagnose({ reason, runtime, active: scene.active, answer, pods, service: service.name });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log.debug(`The look around failed: ${error.message}`);
      return undefined;
    }
  }

  return {
    async noted(judgement, world, nowMs) {
      const reason = lackOf(judgement);
      if (reason === undefined) {
        lack = undefined;
        return;
      }
      if (lack?.reason !== reason) lack = { reason, sinceMs: nowMs, told: false };
      const { scrapeIntervalSeconds = usualInterval } = judgement;
      const waitMs = Math.max(leastPatienceMs, patience * scrapeIntervalSeconds * 1000);
      if (lack.told || nowMs - lack.sinceMs < waitMs) return;
      lack.told = true;
      const found = await look(reason, world);
      if (found !== undefined) log.warn(`${found.detail}. ${reasons[found.reason].next}`);
    },
    async explained(judgement, world) {
      const reason = lackOf(judgement);
      const found = reason === undefined ? undefined : await look(reason, world);
      const cause = found?.reason ?? judgement.reason;
      const seen = found === undefined ? judgement.summary : `${found.detail}; ${judgement.summary}`;
      return new Failure(cause, cause === "NO_TRAFFIC" ? `${seen}${whereTo(world)}` : seen);
    },
  };
}

/** Where requests would be counted: all servers but vLLM speak the V2 protocol. */
function whereTo({ service }: World): string {
  if (service?.url === undefined) return "";
  const { url, ref } = service;
  return `; requests go to ${printable(`${url.replace(/\/+$/, "")}/v2/models/${ref.name}/infer`, 300)}`;
}

function lackOf(judgement: Proof): Lack | undefined {
  if (judgement.verdict !== "NOT_YET") return undefined;
  const { reason } = judgement;
  return reason === "NO_SCRAPE" || reason === "NO_TRAFFIC" ? reason : undefined;
}
