/** Where probe requests go. The URLs come from the cluster's status: hostile until checked. */
import type { Action } from "../intent.ts";
import { printable } from "../text.ts";
import type { ServiceReading } from "../world.ts";

/** `active`: the service's own URL, to the revision that is to serve. `green`: the staged revision's own URL. */
export type ProbeRole = "active" | "green";

export interface ProbeTarget {
  readonly role: ProbeRole;
  /** Revision that is to answer. */
  readonly revision: string;
  readonly place: ProbePlace;
}

export type ProbePlace =
  | {
      readonly kind: "url";
      /** Of the inference endpoint. */
      readonly url: string;
      /** Whether a token may travel there. */
      readonly confidential: boolean;
    }
  /** `why` is printable. */
  | { readonly kind: "none"; readonly why: string };

export interface ProbeScene {
  readonly action: Action;
  readonly service: ServiceReading;
  /** Revision that has the traffic. */
  readonly active: string;
  /** Name under which the model is served. */
  readonly model: string;
  /** What the user named in the place of the status' URL: the service's, or with `stage` green's own. */
  readonly given?: string | undefined;
}

/** With `stage` green comes first, then the revision that goes on serving. */
export function targetsOf(scene: ProbeScene): readonly ProbeTarget[] {
  const { action, service, active, model, given } = scene;
  const green = action === "stage" ? service.latestCreated : undefined;
  if (green === undefined || green === active) {
    return [{ role: "active", revision: active, place: placeOf(given, service.url, scene) }];
  }
  // Until green is ready a tag's URL leads to blue: only an entry that names green is green's own.
  const own = service.traffic.find(({ revision, url }) => revision === green && url !== undefined)?.url;
  const missing = `${printable(green, 100)} has no URL of its own; the annotation serving.kserve.io/enable-tag-routing: "true" gives it one (set it before a stage: it makes a new revision)`;
  const greenPlace: ProbePlace =
    given === undefined && own === undefined ? { kind: "none", why: missing } : placeOf(given, own, scene);
  return [
    { role: "green", revision: green, place: greenPlace },
    { role: "active", revision: active, place: placeOf(undefined, service.url, { service, model }) },
  ];
}

function placeOf(
  given: string | undefined,
  published: string | undefined,
  { service, model }: Pick<ProbeScene, "service" | "model">,
): ProbePlace {
  if (given !== undefined) {
    const url = new URL(given);
    return { kind: "url", url: inferUrl(url, model), confidential: isPrivateWay(url) };
  }
  if (published === undefined) return { kind: "none", why: "the InferenceService's status has no URL" };
  // Before anything is cut to length: of a cut one it could no longer be told what was a password.
  const shown = printable(withoutUser(published), 200);
  const url = URL.canParse(published) ? new URL(published) : undefined;
  const problem = url === undefined ? "is no URL" : problemOf(url);
  if (url === undefined || problem !== undefined) {
    return { kind: "none", why: `the URL in the status, ${shown}, ${problem}` };
  }
  const confidential = url.protocol === "https:" && isNeighbour(url, service.url);
  return { kind: "url", url: inferUrl(url, model), confidential };
}

/** Why nothing is sent to a URL of the status. */
function problemOf(url: URL): string | undefined {
  const { protocol, hostname } = url;
  if (protocol !== "https:" && protocol !== "http:") return "is neither https nor http";
  if (url.username !== "" || url.password !== "") return "holds credentials";
  if (url.search !== "" || url.hash !== "") return "holds ? or #";
  // KServe and Knative publish names. An address could be anything, a cloud's metadata service for example.
  if (/^[\d.]+$|^\[/.test(hostname)) return "names an address in the place of a host";
  if (protocol === "http:" && !isInsideCluster(hostname)) {
    return "is plain http to a host outside of the cluster";
  }
  return undefined;
}

function isInsideCluster(hostname: string): boolean {
  return /\.svc(\.cluster\.local)?$/.test(hostname);
}

/** Plain http is read by anybody on the way, except within this machine. */
function isPrivateWay({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || hostname === "localhost" || /^127\.\d+\.\d+\.\d+$|^\[::1\]$/.test(hostname);
}

/** In the domain of the service's own URL; a token for the service is no business of any other host. */
function isNeighbour({ hostname }: URL, serviceUrl: string | undefined): boolean {
  if (serviceUrl === undefined || !URL.canParse(serviceUrl)) return false;
  const [, ...domain] = new URL(serviceUrl).hostname.split(".");
  return domain.length >= 2 && hostname.endsWith(`.${domain.join(".")}`);
}

function inferUrl(base: URL, model: string): string {
  return `${base.origin}${base.pathname.replace(/\/+$/, "")}/v2/models/${encodeURIComponent(model)}/infer`;
}

/** What may be a user's name and password, from the first `//` to the last `@`, is left out. */
function withoutUser(url: string): string {
  const from = url.indexOf("//");
  const to = url.lastIndexOf("@");
  return from >= 0 && to > from ? `${url.slice(0, from)}//…${url.slice(to)}` : url;
}
