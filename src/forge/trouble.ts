/** What an answer of an API that is not the wanted one means. */
import * as v from "valibot";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";

export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export type Trouble =
  /** Asked too often: nothing was done, and the server says when to come back (milliseconds from now). */
  | { readonly kind: "later"; readonly afterMs: number; readonly failure: Failure }
  /** Something was perhaps done, perhaps not. */
  | { readonly kind: "lost"; readonly failure: Failure }
  | { readonly kind: "refused"; readonly failure: Failure };

/** Where a server that limits its callers names no time. */
const unnamedPauseMs = 60_000;

/** `what`: the request in words, without secrets. `said`: the server's words without secrets. */
export function troubleOf(answer: Answer, what: string, said: string, now: number): Trouble {
  const { status } = answer;
  const evidence = printable(`${what}: HTTP ${status}${said === "" ? "" : `, ${said}`}`, 500);
  if (isLimit(answer, said)) {
    const afterMs = pauseOf(answer, now);
    return { kind: "later", afterMs, failure: new Failure("GIT_UNREACHABLE", evidence) };
  }
  if (status === 401 || status === 403) return refused("FORGE_AUTH", evidence);
  if (status === 404 || status === 410) return refused("FORGE_NOT_FOUND", evidence);
  if (status === 408 || status >= 500)
    return { kind: "lost", failure: new Failure("GIT_UNREACHABLE", evidence) };
  if (status >= 400) return refused("PULL_REQUEST_REFUSED", evidence);
  return refused("GIT_PROTOCOL", evidence);
}

function refused(
  reason: "FORGE_AUTH" | "FORGE_NOT_FOUND" | "PULL_REQUEST_REFUSED" | "GIT_PROTOCOL",
  evidence: string,
): Trouble {
  return { kind: "refused", failure: new Failure(reason, evidence) };
}

/** GitHub answers 403 as well as 429 (docs: "Rate limits for the REST API"). */
function isLimit({ status, headers }: Answer, said: string): boolean {
  if (status === 429) return true;
  if (status === 503) return headers["retry-after"] !== undefined;
  const spent = headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined;
  return status === 403 && (spent || /rate limit/i.test(said));
}

/** `Retry-After` in seconds or as a date; else GitHub's `X-RateLimit-Reset`, in seconds since the epoch. */
function pauseOf({ headers }: Answer, now: number): number {
  const after = String(headers["retry-after"] ?? "").trim();
  const reset = String(headers["x-ratelimit-reset"] ?? "").trim();
  const candidates = [
    /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now,
    /^\d+$/.test(reset) ? Number(reset) * 1000 - now : Number.NaN,
  ];
  const named = candidates.find((ms) => Number.isFinite(ms));
  return named === undefined ? unnamedPauseMs : Math.max(named, 1_000);
}

const message = v.object({
  message: v.string(),
  errors: v.optional(v.array(v.union([v.string(), v.object({ message: v.optional(v.string()) })]))),
});

/** The server's own words, if the answer is an error as Gitea and GitHub write them; else a page's title. */
export function wordsOf(text: string): string {
  const parsed = v.safeParse(message, parseJson(text));
  if (!parsed.success) return printable(/<title[^>]*>([^<]{1,300})/i.exec(text)?.[1] ?? "", 200);
  const { message: main, errors = [] } = parsed.output;
  const details = errors.map((each) => (typeof each === "string" ? each : (each.message ?? "")));
  return printable([main, ...details].filter((part) => part !== "").join("; "), 300);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
