import fc from "fast-check";

/**
 * Generates YAML files as people write them, as source text and not as a library prints them: mixed indents, comments,
 * blank lines, flow and block style, quotes, block scalars, anchors, CRLF, several documents.
 */

type Node =
  | { readonly kind: "scalar"; readonly source: string }
  | { readonly kind: "text"; readonly head: string }
  | {
      readonly kind: "flow";
      readonly entries: readonly Entry[];
      readonly open: string;
    }
  | { readonly kind: "map"; readonly entries: readonly Entry[]; readonly step: number }
  | { readonly kind: "list"; readonly entries: readonly Entry[]; readonly step: number };

type Block = Extract<Node, { kind: "map" | "list" }>;

interface Entry {
  readonly key: string;
  readonly node: Node;
  readonly anchor: boolean;
  readonly pad: string;
  readonly comment: string;
  readonly above: readonly string[];
}

export interface File {
  readonly text: string;
  /** Paths of values that can be written over, as `editYaml` takes them. */
  readonly leaves: readonly string[];
  /** Paths of maps. */
  readonly maps: readonly string[];
}

const keys = ["a", "b", "version", "canary", '"q r"', "'x.y'", "é👈", "on", "8080"] as const;
const scalars = [
  "20",
  "0x1F",
  "1.50",
  "true",
  "~",
  "abc",
  "a b",
  "4562a17c17",
  "'it''s'",
  '"q\\n\\u00e9"',
  '""',
  "!!str 7",
];

const { node } = fc.letrec<{ node: Node }>((tie) => {
  const entry = fc.record({
    key: fc.constantFrom(...keys),
    node: tie("node"),
    anchor: fc.boolean(),
    pad: fc.constantFrom(" ", " ", "   "),
    comment: fc.constantFrom("", "", " # c: 1", "   # 👈", "  "),
    above: fc.array(fc.constantFrom("", "# a: b", "   # far", "  "), { maxLength: 2 }),
  });
  const entries = fc.uniqueArray(entry, { minLength: 1, maxLength: 4, selector: ({ key }) => key });
  const step = fc.integer({ min: 1, max: 4 });
  const scalar = fc.constantFrom(...scalars, "").map((source) => ({ kind: "scalar" as const, source }));
  return {
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      scalar,
      fc.record({ kind: fc.constant("map" as const), entries, step }),
      fc.record({ kind: fc.constant("list" as const), entries, step: fc.integer({ min: 0, max: 3 }) }),
      fc.record({
        kind: fc.constant("flow" as const),
        entries: fc.oneof(entries, fc.constant([])),
        open: fc.constantFrom(" ", "", "\n "),
      }),
      fc.constantFrom("|", ">-", "|+", "|2").map((head) => ({ kind: "text" as const, head })),
    ),
  };
});

interface Output {
  readonly lines: string[];
  readonly leaves: string[];
  readonly maps: string[];
  anchors: number;
}

function pathKey(key: string): string {
  return key.replace(/^(["'])(.*)\1$/, "$2").replace(/\./g, "\\.");
}

/** Adds a value behind `head` (`key:` or `-`) and on the lines below it. */
function emit(out: Output, head: string, entry: Entry, column: number, path: string): void {
  const { node: value, pad, comment } = entry;
  const anchor = entry.anchor ? ` &n${out.anchors++}` : "";
  if (value.kind === "map" || value.kind === "list") {
    out.lines.push(`${head}${anchor}${comment}`);
    emitBlock(out, value, column + value.step, path);
    return;
  }
  if (value.kind === "text") {
    const inner = " ".repeat(column + 2);
    out.lines.push(`${head}${anchor} ${value.head}${comment}`, `${inner}key: 1`, "", `${inner}# no comment`);
    return;
  }
  const source = value.kind === "flow" ? flow(out, value, path, column) : value.source;
  out.lines.push(...`${head}${anchor}${source === "" ? "" : pad}${source}${comment}`.split("\n"));
  if (value.kind === "scalar") out.leaves.push(path);
}

function emitBlock(out: Output, block: Block, column: number, path: string): void {
  const margin = " ".repeat(column);
  if (block.kind === "map") out.maps.push(path);
  for (const [index, entry] of block.entries.entries()) {
    out.lines.push(...entry.above);
    const name = block.kind === "map" ? pathKey(entry.key) : String(index);
    const head = block.kind === "map" ? `${entry.key}:` : "-";
    // A list in a list has to be indented, one in a map has not.
    const below = block.kind === "list" && entry.node.kind === "list" ? column + 1 : column;
    emit(out, `${margin}${head}`, entry, below, `${path}.${name}`);
  }
}

/** Only scalars and flow maps fit into a flow map; an empty plain value gets its colon and nothing else. */
function flow(out: Output, map: Extract<Node, { kind: "flow" }>, path: string, column: number): string {
  out.maps.push(path);
  const pairs = map.entries.map(({ key, node: value, pad }) => {
    const inner = `${path}.${pathKey(key)}`;
    if (value.kind === "flow") return `${key}:${pad}${flow(out, value, inner, column)}`;
    out.leaves.push(inner);
    return `${key}:${pad}${value.kind === "scalar" ? value.source : "'x'"}`;
  });
  const gap = map.open.startsWith("\n") ? `\n${" ".repeat(column + 3)}` : map.open;
  const comma = gap === "" ? "," : `,${gap}`;
  return `{${gap}${pairs.join(comma)}${gap}}`;
}

const document = fc.record({ node, mark: fc.constantFrom("---", "--- # d", "...\n---") });

/** A file whose top levels are maps with a first key of their own, so that every path is in one document only. */
export const yamlFile: fc.Arbitrary<File> = fc
  .record({
    documents: fc.array(document, { minLength: 1, maxLength: 3 }),
    first: fc.boolean(),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    finalLineEnd: fc.boolean(),
    mark: fc.constantFrom("", "\ufeff"),
  })
  .map(({ documents, first, lineEnd, finalLineEnd, mark }) => {
    const out: Output = { lines: [], leaves: [], maps: [], anchors: 0 };
    for (const [index, one] of documents.entries()) {
      if (index > 0 || first) out.lines.push(...(index > 0 ? one.mark : "---").split("\n"));
      const entry = { key: "", node: one.node, anchor: false, pad: " ", comment: "", above: [] };
      emit(out, `d${index}:`, entry, 0, `d${index}`);
      out.lines.push(`t${index}: 1 # end`);
    }
    const text = mark + out.lines.join(lineEnd) + (finalLineEnd ? lineEnd : "");
    return { text, leaves: out.leaves, maps: out.maps };
  });
