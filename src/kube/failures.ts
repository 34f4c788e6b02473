/** From what goes wrong on the wire to the causes of the catalogue. */
import * as v from "valibot";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";

/** An answer as it came: JSON parsed, anything else as text. */
export interface KubeAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Whose certificate is not trusted, and what mends it. Codes of OpenSSL and Node. */
const trustProblems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired: renew it, and check this machine's clock",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: check this machine's clock",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate is for another host name: use a name or address that the certificate lists",
};
const unknownCa =
  "its certificate is signed by a CA that is not trusted: give the cluster's CA (certificate-authority-data in the kubeconfig, ca.crt beside the ServiceAccount's token)";
for (const code of [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
]) {
  Object.assign(trustProblems, { [code]: unknownCa });
}

const networkProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ENOTFOUND: "its name is not known to DNS",
  EAI_AGAIN: "DNS does not answer",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
  EPROTO: "it does not speak TLS",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
};

/** An error of a socket, of TLS or of a name look-up, as Failure CLUSTER_UNREACHABLE. Failures pass as they are. */
export function networkFailure(error: unknown, server: URL): Failure {
  if (error instanceof Failure) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = trustProblems[String(code)] ?? networkProblems[String(code)];
  const evidence = known ?? printable(String(message ?? error), 200);
  return new Failure("CLUSTER_UNREACHABLE", `${server.origin}: ${evidence}`, { cause: error });
}

/** Whether the server's certificate is the trouble: that does not mend itself within seconds. */
export function isTrustProblem(failure: Failure): boolean {
  const { code } = (failure.cause ?? {}) as { code?: unknown };
  return String(code) in trustProblems;
}

const statusBody = v.object({
  message: v.optional(v.string(), ""),
  details: v.optional(v.object({ name: v.optional(v.string()) }), {}),
});

/** Whether a 404 means that the object is missing, and not the whole resource. */
export function isObjectMissing({ status, body }: KubeAnswer): boolean {
  const parsed = v.safeParse(statusBody, body);
  return status === 404 && parsed.success && parsed.output.details.name !== undefined;
}

/** An answer that is no success, as a Failure; `statusOf` tells its code later. `what` names the resource. */
export function refusal(answer: KubeAnswer, server: URL, what: string): Failure {
  const { status, body } = answer;
  const parsed = v.safeParse(statusBody, body);
  const said = printable(parsed.success ? parsed.output.message : typeof body === "string" ? body : "", 300);
  const options = { cause: { status } };
  const place = `${server.origin} answered ${status}`;
  if (status === 401 || status === 403) {
    return new Failure("CLUSTER_AUTH", said === "" ? `${place} for ${what}` : `${status}: ${said}`, options);
  }
  if (status === 404) return new Failure("KSERVE_MISSING", `${place} for ${what}`, options);
  const evidence = `${place} for ${what}${said === "" ? "" : `: ${said}`}`;
  if (status === 429 || status >= 500) return new Failure("CLUSTER_UNREACHABLE", evidence, options);
  return new Failure("CLUSTER_ANSWER", evidence, options);
}

/** The HTTP status that a `refusal` was made from. */
export function statusOf(failure: Failure): number | undefined {
  const { status } = (failure.cause ?? {}) as { status?: unknown };
  return typeof status === "number" ? status : undefined;
}
