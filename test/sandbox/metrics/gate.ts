/** The door in front of Prometheus, real or embedded: clients come in here, and faults are switched on here. */
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, type RequestListener, request } from "node:http";
import { loginPage } from "../git/faults.ts";
import { readBody } from "./http.ts";

export interface Question {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export type Ask = (question: Question) => Promise<Answer>;

/**
 * `down`: connections are cut; `empty`: no series; `unprocessable`: 422; `slow`: answers come after `slowMs`; `nan`:
 * every value is NaN; `partial`: a warning as Thanos gives it when a store does not answer; `stale`: every sample is ten
 * minutes old; `error`: 500; `html`: a page to log in at; `hang`: no answer, ever.
 */
export type PrometheusFault =
  | "none"
  | "down"
  | "empty"
  | "unprocessable"
  | "slow"
  | "nan"
  | "partial"
  | "stale"
  | "error"
  | "html"
  | "hang";

export interface PrometheusFaults {
  mode: PrometheusFault;
  /** Milliseconds. */
  slowMs: number;
  /** Questions that were left without an answer. */
  hung?: number;
}

export interface Gate {
  readonly listener: RequestListener;
  /** Forgets answers that are still held back. */
  close(): void;
}

export function createGate(ask: Ask, faults: PrometheusFaults): Gate {
  const held = new Set<NodeJS.Timeout>();
  async function answer(question: Question): Promise<Answer | undefined> {
    if (faults.mode === "down") return undefined;
    if (faults.mode === "hang") {
      faults.hung = (faults.hung ?? 0) + 1;
      return new Promise(() => undefined);
    }
    const isQuery = question.url.startsWith("/api/v1/query");
    const instead = isQuery ? insteadOf[faults.mode] : undefined;
    if (instead !== undefined) return instead;
    const true_ = await ask(question);
    return isQuery ? distort(true_, faults.mode) : true_;
  }
  return {
    listener: (incoming, outgoing) => {
      readBody(incoming)
        .then((body) =>
          answer({
            method: incoming.method ?? "GET",
            url: incoming.url ?? "/",
            headers: incoming.headers,
            body,
          }),
        )
        .then((given) => {
          if (given === undefined) return outgoing.destroy();
          const timer = setTimeout(
            () => {
              held.delete(timer);
              outgoing.writeHead(given.status, given.headers).end(given.body);
            },
            faults.mode === "slow" ? faults.slowMs : 0,
          );
          return held.add(timer);
        })
        .catch(() => outgoing.destroy());
    },
    close() {
      for (const timer of held) clearTimeout(timer);
    },
  };
}

const emptyAnswer = { status: "success", data: { resultType: "matrix", result: [] } };
const unprocessable = {
  status: "error",
  errorType: "execution",
  error: "query processing would load too many samples",
};

const insteadOf: Partial<Record<PrometheusFault, Answer>> = {
  empty: json(200, emptyAnswer),
  unprocessable: json(422, unprocessable),
  error: json(500, { status: "error", errorType: "internal", error: "store gateway is not ready" }),
  html: { status: 200, headers: { "content-type": "text/html" }, body: Buffer.from(loginPage) },
};

const staleSeconds = 600;

function distort(answer: Answer, mode: PrometheusFault): Answer {
  if (mode !== "nan" && mode !== "partial" && mode !== "stale") return answer;
  const parsed = JSON.parse(answer.body.toString("utf8"));
  if (mode === "partial")
    return json(answer.status, { ...parsed, warnings: ["No StoreAPIs matched for this query"] });
  const changed = ([time, value]: readonly [number, string]) =>
    mode === "nan" ? [time, "NaN"] : [time - staleSeconds, value];
  for (const series of parsed.data?.result ?? []) {
    if (series.values !== undefined) series.values = series.values.map(changed);
    if (series.value !== undefined) series.value = changed(series.value);
  }
  return json(answer.status, parsed);
}

function json(status: number, body: unknown): Answer {
  return { status, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(body)) };
}

/** Passes questions on to a server on the loopback interface. */
export function askServer(base: string): Ask {
  const { hostname, port } = new URL(base);
  return ({ method, url, headers, body }) =>
    new Promise((resolve, reject) => {
      // Uncompressed, so that faults can work on the answer; the connection's own headers stay behind.
      const { connection: _, "accept-encoding": __, "transfer-encoding": ___, host: ____, ...rest } = headers;
      const outgoing = request({ hostname, port, method, path: url, headers: rest }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { connection, "transfer-encoding": encoding, ...kept } = response.headers;
          resolve({ status: response.statusCode ?? 502, headers: kept, body: Buffer.concat(chunks) });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
}
