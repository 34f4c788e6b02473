/**
 * What stands before the models: TLS for every host of the cluster's domain, each request to a ready pod of the revision
 * that the split in force draws for the host; held while there is none, as Knative's activator does.
 */
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createCertificates } from "./api/certificates.ts";
import { noteRequest, readyPods, type Share, splitForHost, splitInForce } from "./cluster/dataplane.ts";
import { INFERENCE_SERVICE } from "./cluster/kinds.ts";
import type { ObjectStore } from "./cluster/objects.ts";
import type { PodFleet } from "./pod-fleet.ts";

export interface GatewayFaults {
  /** Answered in the place of the model. */
  status: number | undefined;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Connections are cut before anything is answered. */
  cut: boolean;
  /** Connections are cut when the model has answered, and counted. */
  cutAfter: boolean;
  /** Requests without this token are answered 401. */
  token: string | undefined;
}

export interface GatewayRequest {
  readonly host: string;
  readonly path: string;
  /** Undefined: nobody was asked. */
  readonly revision: string | undefined;
  readonly authorization: string | undefined;
}

export interface Gateway {
  readonly port: number;
  /** The CA's certificate, PEM. */
  readonly ca: string;
  /** May be changed at any time. */
  readonly faults: GatewayFaults;
  /** In order of arrival. */
  readonly seen: readonly GatewayRequest[];
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly store: ObjectStore;
  readonly pods: PodFleet;
  /** `apps.example.com`. */
  readonly domain: string;
  /** How long a request waits for a ready pod, in milliseconds. */
  readonly holdMs?: number;
  readonly random?: () => number;
}

export function noGatewayFaults(): GatewayFaults {
  return { status: undefined, headers: {}, body: "", cut: false, cutAfter: false, token: undefined };
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { ca, cert, key } = await createCertificates({ hosts: [`*.${options.domain}`] });
  const faults = noGatewayFaults();
  const seen: GatewayRequest[] = [];
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    serve(incoming, outgoing, options, faults, seen).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca,
    faults,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: GatewayOptions,
  faults: GatewayFaults,
  seen: GatewayRequest[],
): Promise<void> {
  const { host = "", authorization } = incoming.headers;
  const note = (revision?: string) => seen.push({ host, path: incoming.url ?? "", revision, authorization });
  if (isSpoilt(incoming, outgoing, faults)) {
    note();
    return;
  }
  const route = routeOf(options.store, host);
  const revision = route && draw(route.split, (options.random ?? Math.random)());
  note(revision);
  if (route === undefined || revision === undefined) {
    outgoing.writeHead(404).end();
    return;
  }
  const port = await findPod(route.namespace, revision, options);
  if (port === undefined) outgoing.writeHead(503).end("no healthy upstream");
  else forward(incoming, outgoing, port, faults);
}

/** Whether a fault has answered already. */
function isSpoilt(incoming: IncomingMessage, outgoing: ServerResponse, faults: GatewayFaults): boolean {
  const refused = faults.token !== undefined && incoming.headers.authorization !== `Bearer ${faults.token}`;
  const status = refused ? 401 : faults.status;
  if (faults.cut) outgoing.destroy();
  else if (status !== undefined) outgoing.writeHead(status, faults.headers).end(faults.body);
  return faults.cut || status !== undefined;
}

/** A tag's host by Knative's table; the InferenceService's own by KServe's, which leads to the predictor. */
function routeOf(store: ObjectStore, host: string) {
  const own = store
    .list(INFERENCE_SERVICE)
    .find(({ status }) => status?.url !== undefined && new URL(status.url).host === host);
  if (own === undefined) return splitForHost(store, host);
  const { namespace, name } = own.metadata;
  return { namespace, split: splitInForce(store, namespace, name) };
}

function draw(split: readonly Share[], at: number): string | undefined {
  let rest = at * split.reduce((total, { percent }) => total + percent, 0);
  for (const { revision, percent } of split) {
    if (rest < percent) return revision;
    rest -= percent;
  }
  return undefined;
}

async function findPod(
  namespace: string,
  revision: string,
  { store, pods, holdMs = 10_000, random = Math.random }: GatewayOptions,
): Promise<number | undefined> {
  const deadline = performance.now() + holdMs;
  for (;;) {
    noteRequest(store, namespace, revision, Date.now());
    const ports = readyPods(store, namespace, revision).flatMap(
      (pod) => pods.find(namespace, pod.metadata.name)?.server.port ?? [],
    );
    const port = ports[Math.floor(random() * ports.length)];
    if (port !== undefined || performance.now() >= deadline) return port;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
  faults: GatewayFaults,
): void {
  const { method, url: path, headers } = incoming;
  const onward = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
    if (faults.cutAfter) {
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
}
