import { printable } from "../core/text.ts";

/** Why there is no answer: `wrong` where asking again cannot help. */
export interface Trouble {
  readonly kind: "wrong" | "unreachable";
  readonly text: string;
  readonly again: boolean;
}

/**
 * Reads what the HTTP client threw. The error itself goes no further: it holds the request with its Authorization
 * header.
 */
export function troubleOf(error: unknown): Trouble {
  const code = codeOf(error);
  const text = printable(describe(error, code), 300);
  if (isWrongAnswer(code, text)) return { kind: "wrong", text, again: false };
  return { kind: "unreachable", text, again: !isCertificateTrouble(code) };
}

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

function describe(error: unknown, code: string): string {
  if (code === "ERR_CANCELED" || code === "ECONNABORTED" || code === "ETIMEDOUT") return "timed out";
  // Connecting to several addresses fails with an AggregateError whose message is empty.
  const message = error instanceof Error && error.message !== "" ? error.message : "";
  return message.includes(code) ? message || "unknown error" : [code, message].filter(Boolean).join(": ");
}

function isWrongAnswer(code: string, text: string): boolean {
  return code.startsWith("ERR_FR_") || /redirect to another origin|maxContentLength/.test(text);
}

function isCertificateTrouble(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code);
}
