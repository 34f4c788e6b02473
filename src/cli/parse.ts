/** Parsers of option values: from text to a value, or to what is wrong with it. */
import { isRepositoryPath } from "../core/repository-path.ts";
import { printable } from "../core/text.ts";

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

export interface Parser<T> {
  (text: string): Parsed<T>;
  /** All texts that it takes, where they can be listed. */
  readonly choices?: readonly string[];
}

export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad<T>(problem: string): Parsed<T> {
  return { ok: false, problem };
}

export function parseText(text: string): Parsed<string> {
  return text.trim() === "" ? bad("must not be empty") : good(text);
}

/** Kubernetes' own rule for names (RFC 1123 label). */
export function parseDnsLabel(text: string): Parsed<string> {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return good(text);
  return bad("must be a Kubernetes name: lower-case letters, digits and hyphens, at most 63");
}

/** The longest that a timer of Node can wait; it would take anything longer for 1 ms. */
const longestMs = 2 ** 31 - 1;

/** Seconds with an optional unit (`90`, `90s`, `5m`, `1h`); the value is in milliseconds. */
export function parseDuration(text: string): Parsed<number> {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text);
  if (match === null) return bad("must be a duration such as 90s, 5m or 1h");
  const factors = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const ms = Math.round(Number(match[1]) * factors[(match[2] ?? "s") as keyof typeof factors]);
  return ms <= longestMs ? good(ms) : bad("must be at most 24 days");
}

/** With 0 a loop would not pause at all, and what is waited for be given up before it began. */
export function parsePositiveDuration(text: string): Parsed<number> {
  const parsed = parseDuration(text);
  return parsed.ok && parsed.value === 0 ? bad("must be longer than 0") : parsed;
}

export function parseCount(text: string): Parsed<number> {
  return /^[1-9]\d{0,5}$/.test(text) ? good(Number(text)) : bad("must be a whole number from 1 up");
}

/** Zero included. */
export function parseLimit(text: string): Parsed<number> {
  return /^\d{1,6}$/.test(text) ? good(Number(text)) : bad("must be a whole number from 0 up");
}

/** A part of a whole, `0.001` or `0.1%`; the value is from 0 to 1. */
export function parseShare(text: string): Parsed<number> {
  const match = /^(\d{1,3}(?:\.\d{1,9})?|\.\d{1,9})(%?)$/.exec(text);
  const value = Number(match?.[1] ?? Number.NaN) / (match?.[2] === "%" ? 100 : 1);
  return value <= 1 ? good(value) : bad("must be a share from 0 to 1, such as 0.01 or 1%");
}

/** A share, but neither nothing nor all. */
export function parseInnerShare(text: string): Parsed<number> {
  const parsed = parseShare(text);
  if (!parsed.ok) return parsed;
  return parsed.value > 0 && parsed.value < 1 ? parsed : bad("must lie between 0 and 1, such as 0.01 or 1%");
}

/** With an upper bound, so that a typo cannot flood anybody. */
export function upTo(most: number, parser: Parser<number>): Parser<number> {
  return (text) => {
    const parsed = parser(text);
    return parsed.ok && parsed.value > most ? bad(`must be at most ${most}`) : parsed;
  };
}

/** Becomes one segment of a URL's path. */
export function parseModelName(text: string): Parsed<string> {
  if (/^[\w.-]{1,200}$/.test(text) && !/^\.+$/.test(text)) return good(text);
  return bad("must be a model's name: letters, digits, _ . -, at most 200");
}

export function parseFlag(text: string): Parsed<boolean> {
  if (text === "true" || text === "") return good(true);
  return text === "false" ? good(false) : bad("must be true or false");
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Parser<T> {
  function parse(text: string): Parsed<T> {
    const value = allowed.find((each) => each === text);
    return value === undefined ? bad(`must be one of ${allowed.join(", ")}`) : good(value);
  }
  return Object.assign(parse, { choices: allowed });
}

/** A path inside the repository: relative, with forward slashes, never upwards. */
export function parseRepositoryPath(text: string): Parsed<string> {
  if (isRepositoryPath(text)) return good(text);
  return bad(
    "must be a path inside the repository, such as model-deployments/test/jukebox/config.yaml, without . or .. and not inside .git",
  );
}

/** Normalized, without slashes at the end. */
export function parseHttpUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return bad("must be an http(s) URL");
  }
  if (url.username !== "" || url.password !== "") return bad("must not hold credentials");
  if (url.search !== "" || url.hash !== "") return bad("must not hold ? or #");
  return good(url.href.replace(/\/+$/, ""));
}

export function parseNamespacedName(text: string): Parsed<{ namespace: string; name: string }> {
  const match = /^([a-z0-9][-a-z0-9.]*)\/([a-z0-9][-a-z0-9.]*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return bad("must be namespace/name");
  return good({ namespace: match[1], name: match[2] });
}

/** `path=value`, split at the first `=`; the value is a string. */
export function parseSet(text: string): Parsed<{ path: string; value: string }> {
  const at = text.indexOf("=");
  if (at < 1) return bad("must be path=value");
  return good({ path: text.slice(0, at), value: text.slice(at + 1) });
}

/** A Docker tag: what can stand behind the colon of a model's source URI. */
export function parseModelVersion(text: string): Parsed<string> {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(text)) return good(text);
  return bad("must be an image tag: letters, digits, _ . -, at most 128");
}

/** What a trailer of a commit gives back just as it was: a retry is known by it. */
export function parseRunId(text: string): Parsed<string> {
  if (text !== "" && text.length <= 200 && text === printable(text)) return good(text);
  return bad("must be one line of at most 200 characters, without spaces at its ends");
}

export interface ReportFile {
  readonly path: string;
  readonly kind: "html" | "md" | "json";
}

/** The ending of the name says what is written; undefined for another. */
export function reportFileOf(path: string): ReportFile | undefined {
  const kind = /[^/]\.(html|md|json)$/.exec(path)?.[1];
  return kind === undefined ? undefined : { path, kind: kind as ReportFile["kind"] };
}

export function parseReportFile(text: string): Parsed<ReportFile> {
  const file = reportFileOf(text);
  return file === undefined ? bad("must end in .html, .md or .json") : good(file);
}

/** `Name <mail@example.com>`. */
export function parsePerson(text: string): Parsed<{ name: string; email: string }> {
  const match = /^([^<>\p{Cc}]+?) <([^<>\s\p{Cc}]+)>$/u.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    return bad("must be written as Name <mail@example.com>");
  return good({ name: match[1], email: match[2] });
}
