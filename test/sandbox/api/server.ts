import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ObjectStore } from "../cluster/objects.ts";
import { type Authorize, authorizeBy, everything, type Identity } from "./access.ts";
import { status } from "./answers.ts";
import { type Certificates, createCertificates } from "./certificates.ts";
import { type Faults, noFaults } from "./faults.ts";
import { type SeenRequest, send, serve } from "./handler.ts";
import { type Resource, resources } from "./resources.ts";
import { createStore } from "./store.ts";
import type { OpenWatch } from "./watches.ts";

export interface KubeApiOptions {
  readonly store?: ObjectStore;
  /** Bearer token → who it stands for. By default `admin-token` may do everything. */
  readonly tokens?: Iterable<readonly [string, Identity]>;
  readonly authorize?: Authorize;
  readonly served?: readonly Resource[];
  readonly certificates?: Certificates;
  /** Milliseconds between bookmarks. */
  readonly bookmarkMs?: number;
  /** Milliseconds since the epoch, for the ages in tables. */
  readonly now?: () => number;
}

export interface KubeApi {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** The CA's certificate, PEM. */
  readonly ca: string;
  readonly store: ObjectStore;
  readonly faults: Faults;
  /** Tokens may be added and taken away at run time. */
  readonly tokens: Map<string, Identity>;
  /** Replaced at run time by a call. */
  authorize(authorize: Authorize): void;
  /** Every request so far, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** How many watches and connections are open now. */
  readonly watches: number;
  readonly connections: number;
  /** Sends a bookmark to every watch that wants them. */
  bookmark(): void;
  /** Ends all watches: tidily, or by cutting their connections, with `rest` as last words. */
  cutWatches(how?: "close" | "cut", rest?: string): void;
  /** Forgets all events so far: who asks for an older version gets 410. */
  expireHistory(): void;
  /** Stops the server and closes every connection. */
  stop(): Promise<void>;
}

/** Starts a Kubernetes API over HTTPS on a free port of 127.0.0.1. */
export async function startKubeApi(options: KubeApiOptions = {}): Promise<KubeApi> {
  const certificates = options.certificates ?? (await createCertificates());
  const state = {
    store: options.store ?? createStore(),
    served: options.served ?? resources,
    faults: noFaults(),
    tokens: new Map(options.tokens ?? [["admin-token", { user: "admin" }]]),
    authorize: options.authorize ?? authorizeBy([everything]),
    oldest: 1,
    now: options.now ?? Date.now,
    bookmarkMs: options.bookmarkMs ?? 60_000,
    requests: [] as SeenRequest[],
    watches: new Set<OpenWatch>(),
  };
  const server = createServer({ key: certificates.key, cert: certificates.cert }, (request, response) => {
    serve(state, request, response).catch((error: unknown) => {
      const message = `Internal error occurred: ${error instanceof Error ? error.message : error}`;
      if (response.headersSent) response.destroy();
      else send(request, response, status(500, message, { reason: "InternalError" }));
    });
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    ca: certificates.ca,
    store: state.store,
    faults: state.faults,
    tokens: state.tokens,
    requests: state.requests,
    get watches() {
      return state.watches.size;
    },
    get connections() {
      return sockets.size;
    },
    authorize(authorize) {
      state.authorize = authorize;
    },
    bookmark() {
      for (const watch of state.watches) watch.bookmark();
    },
    cutWatches(how = "cut", rest = "") {
      for (const watch of [...state.watches]) watch.end(how, rest);
    },
    expireHistory() {
      state.oldest = advance(state.store);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** As in a real cluster, something else has changed meanwhile: a lease was renewed. Gives back the new version. */
function advance(store: ObjectStore): number {
  const renewed = store.version;
  const metadata = { name: "sandbox", namespace: "kube-system" };
  store.put({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec: { renewed } });
  return store.version;
}
