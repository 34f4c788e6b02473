/** Tells what went wrong with a request: from a network error or from an answer that is not Git's. */
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";

export interface Trouble {
  readonly failure: Failure;
  /** Whether the same request may do better in a moment. */
  readonly again: boolean;
  /** Milliseconds that the server wants to be left alone for. */
  readonly afterMs?: number;
}

export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
  readonly location: string | undefined;
  /** Of Retry-After; 0 where there is none. */
  readonly afterMs: number;
}

/** Milliseconds; a server that asks for more is not waited for. */
export const longestWaitMs = 60_000;

/** Takes secrets out of a text. */
export type Scrub = (text: string) => string;

/** A request that got no answer, or not all of one. */
export function networkTrouble(error: unknown, url: string, scrub: Scrub): Trouble {
  const code = codeOf(error);
  const { host } = new URL(url);
  const cause = Object.assign(new Error(scrub(messageOf(error))), { code });
  const redirect = /redirect to another origin refused \((\S+)\)/.exec(messageOf(error))?.[1];
  if (redirect !== undefined) {
    const evidence = `${host} redirects to ${printable(scrub(redirect), 200)}; credentials are not sent to another host: use that URL if it is the right one`;
    return { failure: new Failure("GIT_PROTOCOL", evidence, { cause }), again: false };
  }
  if (/^maxContentLength size of \d+ exceeded/.test(messageOf(error))) {
    const failure = new Failure("GIT_PROTOCOL", `${host}: the answer is larger than what is taken`, {
      cause,
    });
    return { failure, again: false };
  }
  const certificate = certificateTrouble(code);
  const what =
    certificate ??
    plainTrouble(code) ??
    brokenOff(error) ??
    (printable(scrub(messageOf(error)), 200) || code);
  const failure = new Failure("GIT_UNREACHABLE", `${host}: ${what}`, { cause });
  return { failure, again: certificate === undefined };
}

const unknownCa =
  "its certificate is signed by a certificate authority that is not known here; pass --ca-file";

/** What the certificate is rejected for, or undefined where it is not about that. Waiting does not mend it. */
function certificateTrouble(code: string): string | undefined {
  switch (code) {
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return `${unknownCa} (${code})`;
    case "CERT_HAS_EXPIRED":
      return "its certificate has expired";
    case "CERT_NOT_YET_VALID":
      return "its certificate is not valid yet; compare the clocks";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "its certificate is for another host name";
    default:
      return /^(?:CERT_|ERR_SSL_|EPROTO$)/.test(code) ? `TLS failed (${code})` : undefined;
  }
}

function plainTrouble(code: string): string | undefined {
  switch (code) {
    case "ENOTFOUND":
      return "the host name is not known (DNS)";
    case "EAI_AGAIN":
      return "the name server does not answer (DNS)";
    case "ECONNREFUSED":
      return "the connection was refused";
    case "ECONNRESET":
    case "EPIPE":
    case "ERR_STREAM_PREMATURE_CLOSE":
      return `the connection was cut (${code})`;
    case "ECONNABORTED":
    case "ETIMEDOUT":
    case "ERR_CANCELED":
      return "no answer in time";
    default:
      return undefined;
  }
}

/** axios says the same of an answer that was cut and of one that went silent until the time-out. */
function brokenOff(error: unknown): string | undefined {
  return messageOf(error) === "stream has been aborted"
    ? "the answer broke off (the connection was cut, or silent until the time-out)"
    : undefined;
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

/** An answer that is not the wanted one; undefined where it is. `text` is the start of its body. */
export function answerTrouble(
  head: AnswerHead,
  wanted: string,
  text: string,
  scrub: Scrub,
): Trouble | undefined {
  const { status } = head;
  if (status === 200 && head.contentType === wanted) return undefined;
  const said = saidBy(head, scrub(text));
  const plain = reasonOf(head);
  if (plain !== undefined) {
    return statusTrouble(head, plain, said);
  }
  if (status >= 300 && status < 400) {
    const target = head.location === undefined ? "" : ` to ${printable(scrub(head.location), 200)}`;
    const evidence = `HTTP ${status}, a redirect${target} that is not followed`;
    return { failure: new Failure("GIT_PROTOCOL", evidence), again: false };
  }
  const evidence = `HTTP ${status} with ${printable(head.contentType, 100) || "no content type"} instead of Git's answer${said}`;
  return { failure: new Failure("GIT_PROTOCOL", evidence), again: status === 200 };
}

function statusTrouble({ status, afterMs }: AnswerHead, reason: PlainReason, said: string): Trouble {
  if (afterMs > longestWaitMs) {
    const asked = ` (the server asks to wait for ${Math.round(afterMs / 1000)} s)`;
    return { failure: new Failure(reason, `HTTP ${status}${said}${asked}`), again: false, afterMs };
  }
  const again = reason === "GIT_UNREACHABLE";
  return { failure: new Failure(reason, `HTTP ${status}${said}`), again, afterMs };
}

type PlainReason = "GIT_AUTH" | "GIT_NOT_FOUND" | "GIT_UNREACHABLE";

function reasonOf({ status, afterMs }: AnswerHead): PlainReason | undefined {
  // GitHub says so, too, that it was asked too often.
  if (status === 403 && afterMs > 0) return "GIT_UNREACHABLE";
  if (status === 401 || status === 403) return "GIT_AUTH";
  if (status === 404 || status === 410) return "GIT_NOT_FOUND";
  return status === 408 || status === 429 || status >= 500 ? "GIT_UNREACHABLE" : undefined;
}

/** A page's title, or a short text's first words. */
function saidBy({ contentType }: AnswerHead, text: string): string {
  const title = /<title[^>]*>([^<]{1,500})/i.exec(text)?.[1];
  if (title !== undefined) return `, a page called "${printable(title, 100)}"`;
  const words = contentType.startsWith("text/plain") ? printable(text, 200) : "";
  return words === "" ? "" : `: ${words}`;
}
