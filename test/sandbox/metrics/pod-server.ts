/**
 * One pod as clients and Prometheus see it: a real HTTP server with the V2 inference protocol and OVMS' metrics page.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { listen, readBody } from "./http.ts";
import { inferJukebox, type JukeboxAnswer, jukeboxMetadata } from "./jukebox.ts";
import { createOvmsCounters, type Method, type OvmsCounters } from "./ovms-counters.ts";

export interface PodIdentity {
  readonly namespace: string;
  readonly pod: string;
  readonly revision: string;
  /** Name under which the model is served. */
  readonly model: string;
}

export interface PodFaults {
  /** Inference answers 500 (and counts as a failed request). */
  failing: boolean;
  /** Milliseconds by which inference is held back. */
  delayMs: number;
  /** `/metrics` answers 404, as where metrics are not switched on. */
  metricsOff: boolean;
}

export interface PodServer extends PodIdentity {
  readonly port: number;
  /** May be changed at any time. */
  readonly faults: PodFaults;
  /** Inference requests answered, good or bad, as the counters say. */
  inferences(): number;
  stop(): Promise<void>;
}

type Answer = { readonly status: number; readonly body: unknown };

export async function startPod(identity: PodIdentity): Promise<PodServer> {
  const counters = createOvmsCounters(identity.model);
  const faults: PodFaults = { failing: false, delayMs: 0, metricsOff: false };
  const waiting = new Set<NodeJS.Timeout>();
  const { port, close } = await listen((request, response) => {
    if (request.url === "/metrics") return sendMetrics(response, counters, faults);
    serve(request, identity.model, counters, faults).then(
      (answer) => {
        const timer = setTimeout(() => {
          waiting.delete(timer);
          send(response, answer);
        }, faults.delayMs);
        waiting.add(timer);
      },
      () => response.destroy(),
    );
  });
  return {
    ...identity,
    port,
    faults,
    inferences: () => counters.of("ModelInfer", "success") + counters.of("ModelInfer", "fail"),
    async stop() {
      for (const timer of waiting) clearTimeout(timer);
      await close();
    },
  };
}

async function serve(
  request: IncomingMessage,
  model: string,
  counters: OvmsCounters,
  faults: PodFaults,
): Promise<Answer> {
  const [, path = "", name = "", action = ""] =
    /^(\/v2\/models)\/([^/]+)(\/[a-z]+)?$/.exec(request.url ?? "") ?? [];
  if (path === "" || decodeURIComponent(name) !== model)
    return { status: 404, body: { error: "Model not found" } };
  const startedAt = process.hrtime.bigint();
  const [method, answer] = await answerTo(request, action, model, faults);
  if (method !== undefined) {
    const micros = Number((process.hrtime.bigint() - startedAt) / 1000n);
    counters.count(method, answer.status === 200 ? "success" : "fail", micros);
  }
  return answer;
}

async function answerTo(
  request: IncomingMessage,
  action: string,
  model: string,
  faults: PodFaults,
): Promise<readonly [Method | undefined, Answer]> {
  if (request.method === "GET" && action === "/ready") return ["ModelReady", { status: 200, body: {} }];
  if (request.method === "GET" && action === "") {
    return ["ModelMetadata", { status: 200, body: jukeboxMetadata(model) }];
  }
  if (request.method !== "POST" || action !== "/infer") {
    return [undefined, { status: 404, body: { error: "Invalid request URL" } }];
  }
  const answer: JukeboxAnswer = inferJukebox(model, await readBody(request));
  if (faults.failing) return ["ModelInfer", { status: 500, body: { error: "Internal inference error" } }];
  return ["ModelInfer", answer];
}

function sendMetrics(response: ServerResponse, counters: OvmsCounters, faults: PodFaults): void {
  if (faults.metricsOff) response.writeHead(404).end();
  else response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(counters.page());
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
