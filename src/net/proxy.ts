/**
 * Which proxy a request takes: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY as curl and Go read them, which is what
 * OpenShift injects into every pod. Of the small packages for this none knows NO_PROXY's networks (172.30.0.0/16), and
 * the API server is reached by an address of such a network.
 */
import { BlockList, isIP } from "node:net";
import { Failure } from "../errors/failure.ts";

export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** Undefined: directly. Throws Failure INVALID_OPTION for a variable that holds no http or https URL (not shown: it may hold a password). */
export function proxyFor(target: URL, env: ProxyEnvironment): URL | undefined {
  const scheme = target.protocol === "https:" ? "https_proxy" : "http_proxy";
  const [name, value] = firstOf(env, [scheme, "all_proxy"]);
  if (value === undefined) return undefined;
  const host = target.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isLoopback(host) || isExcepted(host, portOf(target), firstOf(env, ["no_proxy"])[1] ?? ""))
    return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy !== undefined && /^https?:$/.test(proxy.protocol) && proxy.hostname !== "") return proxy;
  throw new Failure("INVALID_OPTION", `${name} holds no http:// or https:// URL of a proxy`);
}

/** The first that is set, in lower case before upper case as curl has it, with its name. */
function firstOf(
  env: ProxyEnvironment,
  names: readonly string[],
): readonly [name: string, value: string | undefined] {
  const all = names.flatMap((name) => [name, name.toUpperCase()]);
  const name = all.find((each) => (env[each] ?? "").trim() !== "") ?? "";
  return [name, env[name]?.trim()];
}

function portOf({ protocol, port }: URL): string {
  return port === "" ? (protocol === "https:" ? "443" : "80") : port;
}

/** As in Go: what runs on this very machine is never behind a proxy. */
function isLoopback(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  return isWithin(host, "127.0.0.0/8") || isWithin(host, "::1/128");
}

function isExcepted(host: string, port: string, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && matches(entry, host, port));
}

/** `*`, a network, an address, or a name that stands for itself and all below it; addresses and names with an optional port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isWithin(host, entry);
  const [name, wantedPort] = splitPort(entry);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (isIP(name) !== 0) return isWithin(host, `${name}/${isIP(name) === 4 ? 32 : 128}`);
  const suffix = name.replace(/^\*?\.?/, "");
  return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
}

/** An IPv6 address stands in brackets where a port follows. */
function splitPort(entry: string): readonly [name: string, port: string | undefined] {
  if (isIP(entry) !== 0) return [entry, undefined];
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  return [bracketed ?? plain ?? entry, port];
}

function isWithin(host: string, network: string): boolean {
  return isIP(host) !== 0 && listOf(network).check(host, family(host));
}

function listOf(network: string): BlockList {
  const list = new BlockList();
  const [address = "", bits = ""] = network.split("/");
  const longest = isIP(address) === 4 ? 32 : 128;
  // What is no network excepts nothing, as in curl.
  if (isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= longest) {
    list.addSubnet(address, Number(bits), family(address));
  }
  return list;
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
