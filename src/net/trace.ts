/** For `--verbose`: one line a request, and no secret in any of them. */
import { printable } from "../core/text.ts";
import type { Clock, Log } from "../ports.ts";

export interface Trace {
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<Log, "debug">;
}

export interface TracedRequest {
  readonly method: string;
  readonly url: string;
  /** As they were sent; only looked at for what must not show. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** `end`: the status, or why there is none. `bytes`: the answer's size, where it is known. */
export function traceRequest(
  { clock, log }: Trace,
  request: TracedRequest,
  end: number | string,
  bytes?: number,
): void {
  const { method, url, headers, startedAt } = request;
  const place = `${method.toUpperCase()} ${shownUrl(url)}`;
  const size = bytes === undefined ? "" : `, ${bytes} bytes`;
  const text = `${place} → ${end}, ${clock.now() - startedAt} ms${size}`;
  log.debug(printable(hide(text, secretsIn(headers)), 600));
}

/** Without user and password; the query decoded, because people read it. */
function shownUrl(text: string): string {
  if (!URL.canParse(text)) return "a URL that cannot be read";
  const { origin, pathname, searchParams } = new URL(text);
  const query = [...searchParams].map(([name, value]) => `${name}=${value}`).join("&");
  return `${origin}${pathname}${query === "" ? "" : `?${query}`}`;
}

/** Headers that say nothing of who asks. */
const open =
  /^(accept.*|content-.*|user-agent|host|connection|git-protocol|x-github-api-version|transfer-encoding)$/i;

/** Whatever a header says of who asks, whole and in parts, as it is and decoded. */
function secretsIn(headers: TracedRequest["headers"]): readonly string[] {
  const values = Object.entries(headers)
    .filter(([name, value]) => !open.test(name) && typeof value === "string")
    .map(([, value]) => String(value));
  return values.flatMap((value) => {
    const [, credentials = value] = /^(?:basic|bearer|token) (.+)$/i.exec(value) ?? [];
    const decoded = /^basic /i.test(value) ? Buffer.from(credentials, "base64").toString() : "";
    const password = decoded.slice(decoded.indexOf(":") + 1);
    return [value, credentials, decoded, password];
  });
}

/** Short ones would strike out every 1. */
const shortest = 4;

function hide(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap(formsOf)
    .filter(({ length }) => length >= shortest)
    .sort((one, other) => other.length - one.length)
    .reduce((rest, form) => rest.replaceAll(form, "***"), text);
}

/** How a secret could stand in a URL; what passed through other hands may be encoded more than once. */
function formsOf(secret: string): readonly string[] {
  const plain = whole(secret);
  const once = encodeURIComponent(plain);
  const twice = encodeURIComponent(once);
  const lightly = encodeURI(plain);
  const more = [once, twice, encodeURIComponent(twice), lightly, encodeURIComponent(lightly)];
  return [secret, ...more, Buffer.from(secret).toString("base64")];
}

/** Halves of a character cannot be encoded. */
function whole(text: string): string {
  return text.replace(/\p{Cs}/gu, "");
}
