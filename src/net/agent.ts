import { Agent, type AgentOptions } from "node:https";
import { HttpsProxyAgent } from "hpagent";
import { type ProxyEnvironment, proxyFor } from "./proxy.ts";

/** An agent for one server that goes through the proxy that `env` names for it; TLS ends at the server, not at the proxy. */
export function createHttpsAgent(server: URL, env: ProxyEnvironment, options: AgentOptions): Agent {
  const proxy = proxyFor(server, env);
  return proxy === undefined
    ? new Agent({ keepAlive: true, ...options })
    : createTunnelAgent(proxy, { keepAlive: true, ...options });
}

type Connected = (error: Error | null, socket: unknown) => void;

/** hpagent, as the Kubernetes client has it, with errors that say which proxy and what to do. */
function createTunnelAgent(proxy: URL, options: AgentOptions): Agent {
  const agent = new HttpsProxyAgent({ ...options, proxy: proxy.href });
  const connect = agent.createConnection.bind(agent) as (options: object, done: Connected) => void;
  return Object.assign(agent, {
    createConnection: (target: object, done: Connected) =>
      connect(target, (error, socket) => done(error && explain(error, proxy), socket)),
  });
}

/** Without the URL: it may hold a password. */
function explain(error: Error, { host }: URL): Error {
  const status = /^Bad response: (\d+)$/.exec(error.message)?.[1];
  if (status === "407") {
    return new Error(
      `the proxy ${host} asks for a user name and a password; put them into HTTPS_PROXY's URL`,
    );
  }
  if (status !== undefined) return new Error(`the proxy ${host} answered ${status} and opened no connection`);
  const code = "code" in error ? String(error.code) : error.message;
  return new Error(`the proxy ${host} cannot be reached (${code})`);
}
