/** Reads the little of a `.gitconfig` that decides where requests go and which credentials count. */

export interface ConfigEntry {
  /** Lower case. */
  readonly section: string;
  /** As written, e.g. a URL; empty where there is none. */
  readonly subsection: string;
  /** Lower case. */
  readonly key: string;
  readonly value: string;
}

/** The entries of a Git configuration file in order. Lines that are none are passed over. */
export function parseGitConfig(text: string): readonly ConfigEntry[] {
  const entries: ConfigEntry[] = [];
  let section = "";
  let subsection = "";
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    const rest = header === null ? line : line.slice(header[0].length);
    if (header !== null) {
      section = (header[1] ?? "").toLowerCase();
      subsection = (header[2] ?? "").replace(/\\(.)/g, "$1");
    }
    const entry = /^\s*([A-Za-z][\w-]*)\s*(?:=(.*))?$/.exec(rest.replace(/\s[#;].*$/, ""));
    // A key alone means true.
    if (entry) {
      const key = (entry[1] ?? "").toLowerCase();
      entries.push({ section, subsection, key, value: unquote(entry[2] ?? "true") });
    }
  }
  return entries;
}

function unquote(value: string): string {
  return value.trim().replace(/^"(.*)"$/, "$1");
}

/** The last `credential.<key>` that applies to `url`: the general one, or one for this URL, its host or a parent path. */
export function credentialSetting(
  entries: readonly ConfigEntry[],
  key: string,
  url: URL,
): string | undefined {
  return entries.findLast(
    (entry) =>
      entry.section === "credential" && entry.key === key.toLowerCase() && appliesTo(entry.subsection, url),
  )?.value;
}

/**
 * A URL as `url.<base>.insteadOf` makes it: of all prefixes that it begins with, the longest is replaced by its base,
 * once. (`pushInsteadOf` would push elsewhere than where it was read: it is passed over.)
 */
export function insteadOf(entries: readonly ConfigEntry[], url: string): string {
  const [best] = entries
    .filter(
      ({ section, key, value }) =>
        section === "url" && key === "insteadof" && value !== "" && url.startsWith(value),
    )
    .sort((one, other) => other.value.length - one.value.length);
  return best === undefined ? url : best.subsection + url.slice(best.value.length);
}

function appliesTo(pattern: string, url: URL): boolean {
  if (pattern === "") return true;
  if (!URL.canParse(pattern)) return false;
  const { protocol, host, pathname } = new URL(pattern);
  const folder = pathname.replace(/\/+$/, "");
  const inFolder = url.pathname === folder || url.pathname.startsWith(`${folder}/`);
  return protocol === url.protocol && host === url.host && inFolder;
}

/** As Git reads a boolean; what is none is false. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:true|yes|on|[1-9]\d*)$/i.test(value);
}
