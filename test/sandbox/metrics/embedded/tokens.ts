export interface Token {
  readonly kind: "word" | "string" | "duration" | "sign" | "end";
  /** Of a string its value. */
  readonly text: string;
  /** Position in the query, from 0. */
  readonly at: number;
}

const pattern =
  /\s*(?:(?<duration>(?:\d+(?:ms|[smhdwy]))+)|(?<word>[a-zA-Z_:][\w:]*)|(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)|(?<sign>=~|!~|!=|[={}()[\],]))/y;

/** `refuse` is called, and must throw, where a piece is none of PromQL that is known here. */
export function tokenize(text: string, refuse: (at: number, what: string) => never): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== "") {
    pattern.lastIndex = at;
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined)
      return refuse(at, `unexpected character: ${JSON.stringify(text.slice(at).trim()[0])}`);
    const [kind, raw] = Object.entries(groups).find(([, value]) => value !== undefined) as [
      Token["kind"],
      string,
    ];
    at = pattern.lastIndex;
    tokens.push({ kind, text: kind === "string" ? unquote(raw) : raw, at: at - raw.length });
  }
  return tokens;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

/** Go's escapes; a back-quoted string has none. */
function unquote(raw: string): string {
  const inner = raw.slice(1, -1);
  if (raw.startsWith("`")) return inner;
  return inner.replace(/\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/gi, (_, unicode, hex, character: string) => {
    const code: string | undefined = unicode ?? hex;
    return code === undefined
      ? (escapes[character] ?? character)
      : String.fromCharCode(Number.parseInt(code, 16));
  });
}
