import { Agent as HttpAgent } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import * as tls from "node:tls";
import axios, {
  type AxiosError,
  type AxiosInstance,
  type AxiosProxyConfig,
  type InternalAxiosRequestConfig,
} from "axios";
import { createHttpsAgent } from "./agent.ts";
import { type ProxyEnvironment, proxyFor } from "./proxy.ts";
import { type Trace, traceRequest } from "./trace.ts";

export interface HttpSettings {
  /** The server that the client is for; redirects stay there. */
  readonly url: string;
  /** PEM certificates trusted in addition to Node's own roots. */
  readonly extraCa: readonly string[];
  /** Names the proxy, if any; without it the client goes directly. */
  readonly env?: ProxyEnvironment | undefined;
  /** Milliseconds until an unanswered request is given up. */
  readonly timeoutMs: number;
  /** Upper bound for one answer's body, in bytes. */
  readonly maxResponseBytes: number;
  /** Is told of each request. */
  readonly trace?: Trace | undefined;
}

/**
 * The HTTP client every adapter uses: TLS verified, bounded time and size, status codes returned instead of thrown,
 * and redirects followed on the same origin only, so that no credential can travel to another host.
 * Throws Failure INVALID_OPTION for a proxy variable that cannot be used.
 */
export function createHttpClient(settings: HttpSettings): AxiosInstance {
  const server = new URL(settings.url);
  const client = axios.create({
    timeout: settings.timeoutMs,
    maxContentLength: settings.maxResponseBytes,
    maxBodyLength: Number.POSITIVE_INFINITY,
    maxRedirects: 3,
    beforeRedirect: (target: Record<string, unknown>, _response, request?: { url?: string }) =>
      refuseOtherOrigin(target, request?.url),
    validateStatus: () => true,
    ...(server.protocol === "https:" ? secure(server, settings) : plain(server, settings.env ?? {})),
  });
  if (settings.trace !== undefined) observe(client, settings.trace);
  return client;
}

/** Redirects that are followed are part of the request that they began with. */
function observe(client: AxiosInstance, trace: Trace): void {
  const started = new WeakMap<object, number>();

  function told(config: InternalAxiosRequestConfig | undefined, end: number | string, bytes?: number): void {
    if (config === undefined) return;
    const { method = "get", url = "", headers } = config;
    const startedAt = started.get(config) ?? trace.clock.now();
    traceRequest(trace, { method, url, headers: headers.toJSON(), startedAt }, end, bytes);
  }
  client.interceptors.request.use((config) => {
    started.set(config, trace.clock.now());
    return config;
  });
  client.interceptors.response.use(
    (response) => {
      told(response.config, response.status, sizeOf(response.data));
      return response;
    },
    (error: AxiosError) => {
      told(error.config, error.code ?? "no answer");
      return Promise.reject(error);
    },
  );
}

function sizeOf(data: unknown): number | undefined {
  return typeof data === "string" || Buffer.isBuffer(data) ? Buffer.byteLength(data) : undefined;
}

interface Way {
  readonly proxy: AxiosProxyConfig | false;
  readonly httpAgent?: HttpAgent;
  readonly httpsAgent?: HttpsAgent;
}

function secure(server: URL, { env = {}, extraCa }: HttpSettings): Way {
  // One context for all connections: reading some 300 certificates takes longer than a handshake.
  const context =
    extraCa.length === 0 ? {} : { secureContext: tls.createSecureContext({ ca: [...roots(), ...extraCa] }) };
  return { proxy: false, httpsAgent: createHttpsAgent(server, env, context) };
}

/** What Node trusts by itself; NODE_EXTRA_CA_CERTS and the system's store are in there from Node 22.15 on only. */
function roots(): readonly string[] {
  const ask: unknown = "getCACertificates" in tls ? tls.getCACertificates : undefined;
  return typeof ask === "function" ? ask("default") : tls.rootCertificates;
}

/** Without TLS a proxy is asked for the whole URL. */
function plain(server: URL, env: ProxyEnvironment): Way {
  const httpAgent = new HttpAgent({ keepAlive: true });
  const proxy = proxyFor(server, env);
  if (proxy === undefined) return { proxy: false, httpAgent };
  const { username, password } = proxy;
  const auth = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return {
    httpAgent,
    proxy: {
      protocol: proxy.protocol,
      host: proxy.hostname,
      port: Number(proxy.port || (proxy.protocol === "https:" ? 443 : 80)),
      ...(username === "" && password === "" ? {} : { auth }),
    },
  };
}

function refuseOtherOrigin(target: Record<string, unknown>, from: string | undefined): void {
  const to = new URL(String(target["href"]));
  if (from === undefined || new URL(from).origin !== to.origin) {
    throw new Error(`redirect to another origin refused (${to.origin})`);
  }
}
