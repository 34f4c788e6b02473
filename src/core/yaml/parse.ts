import { Composer, type CST, type Document, Lexer, LineCounter, type ParsedNode, Parser } from "yaml";
import { indexDocument, type Targets } from "./anchors.ts";
import { type Refusal, refused } from "./types.ts";

/** A model's values are a few kilobytes. */
const maxLength = 256 * 1024;
/** About 7,000 lines. The parser takes some 10 µs a token, and every character may be one. */
const maxTokens = 50_000;
const maxDepth = 100;
const maxDocuments = 1000;

export interface YamlDocument {
  readonly document: Document.Parsed<ParsedNode>;
  /** What each alias stands for. */
  readonly targets: Targets;
  /** Plain data; maps are `Map`s, so that the keys `1` and `"1"` stay apart. */
  readonly data: unknown;
}

export interface Source {
  readonly kind: "source";
  readonly text: string;
  readonly documents: readonly YamlDocument[];
  /** 1-based line of an offset. */
  lineAt(offset: number): number;
}

/**
 * Parses every document of a file, for positions and for data. Refuses what this program or the next reader (Helm's Go
 * YAML) cannot read without doubt: errors, duplicate keys, unknown aliases, control characters, line ends that YAML
 * 1.1 and 1.2 see differently; and what could exhaust memory or the stack.
 */
export function parseYaml(text: string): Source | Refusal {
  if (text.length > maxLength) return refused("TOO_LARGE", `file larger than ${maxLength} characters`);
  if (hasManyTokens(text)) return refused("TOO_LARGE", `more than ${maxTokens} tokens`);
  const lines = new LineCounter();
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const odd = oddCharacter(text);
  if (odd !== undefined) return refused(odd.error, `line ${lineAt(odd.offset)}: ${odd.what}`);
  if (tokens.filter((token) => token.type === "document").length > maxDocuments) {
    return refused("TOO_LARGE", `more than ${maxDocuments} documents`);
  }
  const deep = tokens.map(tooDeep).find((offset) => offset !== undefined);
  if (deep !== undefined)
    return refused("TOO_LARGE", `line ${lineAt(deep)}: more than ${maxDepth} levels deep`);

  const documents: YamlDocument[] = [];
  for (const document of new Composer(composerOptions).compose(tokens, true, text.length)) {
    const parsed = readDocument(document as Document.Parsed<ParsedNode>, lineAt);
    if ("kind" in parsed) return parsed;
    documents.push(parsed);
  }
  return { kind: "source", text, documents, lineAt };
}

/**
 * One schema whatever a %YAML directive or a `!!set` tag says, so that maps are maps. Duplicate keys are looked for in
 * anchors.ts: the library's own search takes quadratic time.
 */
const composerOptions = {
  schema: "core",
  merge: true,
  resolveKnownTags: false,
  uniqueKeys: false,
  keepSourceTokens: true,
  prettyErrors: false,
} as const;

function readDocument(
  document: Document.Parsed<ParsedNode>,
  lineAt: (offset: number) => number,
): YamlDocument | Refusal {
  for (const error of document.errors) {
    return refused("INVALID_YAML", `line ${lineAt(error.pos[0])}: ${error.message.replace(/\s+/g, " ")}`);
  }
  const index = indexDocument(document);
  if (index.kind === "trouble") return refused(index.error, `line ${lineAt(index.offset)}: ${index.what}`);
  try {
    const data: unknown = document.toJS({ mapAsMap: true, maxAliasCount: -1 });
    return { document, targets: index.targets, data };
  } catch (error) {
    // A merge key whose value is no map is found only here.
    return refused("INVALID_YAML", `line ${lineAt(document.range[0])}: ${(error as Error).message}`);
  }
}

function oddCharacter(
  text: string,
): { error: "INVALID_YAML" | "UNSUPPORTED_STYLE"; offset: number; what: string } | undefined {
  const bad = /(?![\t\n\r\x85])\p{Cc}|[\ufffe\uffff\p{Cs}]|(?!^)\ufeff/u.exec(text);
  if (bad !== null)
    return { error: "INVALID_YAML", offset: bad.index, what: "a character that YAML does not allow" };
  const lineEnd = /\r(?!\n)|[\x85\u2028\u2029]/.exec(text);
  if (lineEnd === null) return undefined;
  const what = "a line end that not every YAML reader takes for one";
  return { error: "UNSUPPORTED_STYLE", offset: lineEnd.index, what };
}

function hasManyTokens(text: string): boolean {
  let count = 0;
  for (const _ of new Lexer().lex(text)) {
    count += 1;
    if (count > maxTokens) return true;
  }
  return false;
}

/** The offset of a token nested deeper than `maxDepth`. Without recursion: this is what guards the recursive parts. */
function tooDeep(root: CST.Token): number | undefined {
  let level: CST.Token[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return level[0]?.offset;
    level = level.flatMap(children);
  }
  return undefined;
}

function children(token: CST.Token): CST.Token[] {
  const found = [];
  if (token.type === "document") found.push(token.value);
  if ("items" in token)
    for (const item of token.items) found.push("key" in item ? item.key : undefined, item.value);
  return found.filter((child) => child !== undefined && child !== null);
}
