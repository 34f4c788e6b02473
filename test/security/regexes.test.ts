/**
 * No regular expression of the program may take exponential time, and each that can take quadratic time is on a list with
 * what bounds its text. Told by scslre, which analyses the automaton and guesses at nothing.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, tokTypes } from "acorn";
import { transform } from "esbuild";
import { analyse } from "scslre";
import { root } from "../tekton/contract/documents.ts";

/** File and expression → who decides how long the text is. */
const bounded: Readonly<Record<string, string>> = {
  "cli/parse.ts /\\/+$/": "an option",
  "cli/resolve.ts /[?#].*$/s": "an option",
  "git/credentials/credential-store.ts /^\\/+|\\/+$/g": "the user's own credentials",
  "git/credentials/gitconfig.ts /\\/+$/": "the user's own .gitconfig",
  "git/url.ts /\\/+$/": "an option",
  "git/url.ts /^(?:[^/:@\\s]+@)?([^/:@\\s]+):(?!\\/\\/)\\/*(\\S+)$/": "an option",
  "prometheus/headers.ts /^([\\w!#$%&'*+.^`|~-]+):[ \\t]*([\\x20-\\x7e]*?)[ \\t]*$/":
    "the user's own file of headers",
  "prometheus/metrics.ts /\\/+$/": "an option",
  "steps/verify/doubt.ts /\\/+$/": "an option",
  "core/commit/trailers.ts /^\\n+|\\n+$/g": "no more than two line ends in a row come there",
  "core/commit/url.ts /\\/+$/": "an option",
  "core/probe/answer.ts /[?#].*$/s": "matches the first of them, whatever follows",
  "core/probe/target.ts /\\/+$/": "an option, or a URL that was cut to length",
  "core/promql/duration.ts /(\\d+)(ms|[smhdwy])/g": "an option",
  "core/promql/template.ts /\\\\*$/": "an option",
  "core/yaml/insert-flow.ts /^[ \\t]*(,?)[ \\t]*(?:#[^\\n]*)?\\n/":
    "a file of at most 256 KiB, anchored at its start",
  "core/yaml/path.ts /(?<=(?<!\\\\)(?:\\\\\\\\)*)\\./": "a path of at most 1024 characters",
};

/** acorn's own types leave it out. */
interface RegexpToken {
  readonly value: { readonly value: RegExp };
}

interface Found {
  readonly where: string;
  readonly exponential: boolean;
}

async function suspicious(): Promise<readonly Found[]> {
  const folder = join(root, "src");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const found: Found[] = [];
  for (const file of files) {
    const { code } = await transform(readFileSync(join(folder, file), "utf8"), { loader: "ts" });
    for (const { source, flags } of literalsIn(code)) {
      const reports = analyse({ source, flags }).reports;
      if (reports.length === 0) continue;
      found.push({
        where: `${file} /${source}/${flags}`,
        exponential: reports.some(({ exponential }) => exponential),
      });
    }
  }
  return found;
}

function literalsIn(code: string): readonly RegExp[] {
  const literals: RegExp[] = [];
  parse(code, {
    ecmaVersion: "latest",
    sourceType: "module",
    onToken: (token) => {
      if (token.type === tokTypes.regexp) literals.push((token as unknown as RegexpToken).value.value);
    },
  });
  return literals;
}

describe("regular expressions", function () {
  this.timeout(30_000);
  let found: readonly Found[];
  before(async () => {
    found = await suspicious();
  });

  it("none of the program takes exponential time, and what can take quadratic time reads bounded text", () => {
    assert.deepEqual(
      found.filter(({ exponential }) => exponential).map(({ where }) => where),
      [],
    );
    assert.deepEqual(found.map(({ where }) => where).sort(), Object.keys(bounded).sort());
  });

  it("that take long are found out", () => {
    const exponential = analyse({ source: "^(a+)+$", flags: "" }).reports;
    assert.ok(exponential.some((report) => report.exponential));
    assert.deepEqual(literalsIn("const a = 1 / 2; const b = /x\\/y/gi;"), [/x\/y/gi]);
  });
});
