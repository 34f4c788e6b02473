import { Agent, type RequestOptions } from "node:https";
// Not the package's entry: it loads the generated models of every Kubernetes kind as well.
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import { createHttpsAgent } from "../net/agent.ts";
import type { ProxyEnvironment } from "../net/proxy.ts";
import type { KubeAccess } from "./access.ts";

/**
 * The access that kubeconfig files describe, with every way of authentication that the client knows (tokens,
 * certificates, exec plugins, OIDC). Several files are merged as kubectl does. Throws Failure CLUSTER_CONFIG.
 */
export async function readKubeconfig(
  paths: readonly string[],
  context: string | undefined,
  env: ProxyEnvironment,
): Promise<KubeAccess> {
  let config = load(paths, context);
  return {
    server: serverOf(config),
    async headers(renew = false) {
      if (renew) config = load(paths, context);
      const { headers = {}, auth } = await apply(config);
      const basic = auth ? { Authorization: `Basic ${Buffer.from(auth).toString("base64")}` } : {};
      return Object.fromEntries(
        Object.entries({ ...headers, ...basic }).map(([name, value]) => [name, String(value).trim()]),
      );
    },
    async agent() {
      const { agent, ca, cert, key, servername } = await apply(config);
      // The file's own proxy goes before the environment's, as with kubectl; the client's agent knows the way.
      if (config.getCurrentCluster()?.proxyUrl && agent instanceof Agent) return agent;
      return createHttpsAgent(serverOf(config), env, {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(servername === undefined ? {} : { servername }),
      });
    },
  };
}

function load(paths: readonly string[], context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  for (const [index, path] of paths.entries()) {
    const part = index === 0 ? config : new KubeConfig();
    try {
      part.loadFromFile(path);
      if (part !== config) config.mergeConfig(part, config.getCurrentContext() !== undefined);
    } catch (error) {
      throw new Failure("CLUSTER_CONFIG", `${printable(path)}: ${problem(error)}`);
    }
  }
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

/** What is wrong with a file. A parser's message shows the lines around the error, and those may hold a token. */
function problem(error: unknown): string {
  const { code, name, reason, message } = error as Record<string, unknown>;
  if (code === "ENOENT") return "there is no such file";
  if (typeof code === "string") return `cannot be read (${code})`;
  if (name === "YAMLException") return `not valid YAML: ${printable(String(reason))}`;
  return name === "TypeError" ? "this is no kubeconfig" : printable(String(message));
}

function serverOf(config: KubeConfig): URL {
  const name = printable(config.getCurrentContext() ?? "");
  if (name === "") throw new Failure("CLUSTER_CONFIG", "the kubeconfig has no current context; name one");
  if (!config.getContextObject(config.getCurrentContext())) {
    throw new Failure("CLUSTER_CONFIG", `the kubeconfig has no context ${name}`);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Failure("CLUSTER_CONFIG", `context ${name} names a cluster that is not there`);
  if (cluster.skipTLSVerify) {
    const advice = "set certificate-authority instead (a token goes over verified TLS only)";
    throw new Failure("CLUSTER_CONFIG", `context ${name} has insecure-skip-tls-verify: ${advice}`);
  }
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (server?.protocol !== "https:") {
    throw new Failure("CLUSTER_CONFIG", `context ${name}: the server's URL does not begin with https://`);
  }
  return server;
}

/** Lets the client fill in what a request needs. */
async function apply(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    const cause = printable(error instanceof Error ? error.message : String(error), 200);
    throw new Failure(
      "CLUSTER_CONFIG",
      `cannot authenticate with context ${config.getCurrentContext()}: ${cause}`,
    );
  }
  return options;
}
