/** A page of the documentation, taken apart: what a check looks at, each with its line (from 1). */
import Slugger from "github-slugger";
import MarkdownIt, { type Token } from "markdown-it";

export interface Block {
  /** First word behind the fence, e.g. `sh`; "" where there is none. */
  readonly language: string;
  /** What follows it: of a `console` block the scene that its output comes from. */
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

export interface Found {
  readonly text: string;
  readonly line: number;
}

export interface Page {
  /** Path from the repository's root. */
  readonly file: string;
  readonly blocks: readonly Block[];
  readonly links: readonly Found[];
  /** What stands in backquotes within text. */
  readonly codes: readonly Found[];
  /** Anchors of the headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
}

const markdown = new MarkdownIt({ html: true });

export function readPage(file: string, text: string): Page {
  const tokens = markdown.parse(text, {});
  const inline = tokens.flatMap((token) => inlineOf(token));
  const slugger = new Slugger();
  return {
    file,
    blocks: tokens.filter(({ type }) => type === "fence").map(blockOf),
    links: inline.flatMap(({ token, line }) => {
      const target = token.attrGet(token.type === "image" ? "src" : "href");
      return target === null ? [] : [{ text: String(target), line }];
    }),
    codes: inline
      .filter(({ token }) => token.type === "code_inline")
      .map(({ token, line }) => ({ text: token.content, line })),
    anchors: new Set(
      tokens.flatMap((token, at) =>
        token.type === "heading_open" ? [slugger.slug(plainText(tokens[at + 1]))] : [],
      ),
    ),
  };
}

function blockOf(token: Token): Block {
  const [language = "", ...name] = token.info.trim().split(" ");
  return { language, name: name.join(" "), text: token.content, line: (token.map?.[0] ?? 0) + 1 };
}

/** The line is that of the paragraph or the table's row. */
function inlineOf({ type, children, map }: Token): readonly { token: Token; line: number }[] {
  const line = (map?.[0] ?? 0) + 1;
  return type === "inline" ? (children ?? []).map((token) => ({ token, line })) : [];
}

function plainText(heading: Token | undefined): string {
  return (heading?.children ?? []).map(({ content }) => content).join("");
}
