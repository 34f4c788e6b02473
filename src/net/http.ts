import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { rootCertificates } from "node:tls";
import axios, { type AxiosInstance } from "axios";

export interface HttpSettings {
  /** PEM certificates trusted in addition to Node's own roots. */
  readonly extraCa: readonly string[];
  /** Milliseconds until an unanswered request is given up. */
  readonly timeoutMs: number;
  /** Upper bound for one answer's body, in bytes. */
  readonly maxResponseBytes: number;
}

/**
 * The HTTP client every adapter uses: TLS verified, bounded time and size, status codes returned instead of thrown,
 * and redirects followed on the same origin only, so that no credential can travel to another host.
 */
export function createHttpClient(settings: HttpSettings): AxiosInstance {
  return axios.create({
    timeout: settings.timeoutMs,
    maxContentLength: settings.maxResponseBytes,
    maxBodyLength: Number.POSITIVE_INFINITY,
    maxRedirects: 3,
    beforeRedirect: (target: Record<string, unknown>, _response, request?: { url?: string }) =>
      refuseOtherOrigin(target, request?.url),
    validateStatus: () => true,
    proxy: false,
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true, ca: [...rootCertificates, ...settings.extraCa] }),
  });
}

function refuseOtherOrigin(target: Record<string, unknown>, from: string | undefined): void {
  const to = new URL(String(target["href"]));
  if (from === undefined || new URL(from).origin !== to.origin) {
    throw new Error(`redirect to another origin refused (${to.origin})`);
  }
}
