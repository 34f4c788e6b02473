import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { editYaml, type RefusalKind } from "../../../src/core/yaml/edit.ts";

const percent = "canary.trafficPercent";

/** name, input, output, and the path and value where they are not canary.trafficPercent and 100. */
type Row = readonly [string, string, string, (readonly [string, number | string | boolean])?];

const replaced: readonly Row[] = [
  ["trailing spaces", "canary:\n  trafficPercent: 20 \n", "canary:\n  trafficPercent: 100 \n"],
  ["a tab before the value", "a:\t1\n", "a:\t2\n", ["a", 2]],
  ["a space before the colon, a quoted key", "'a' : 1 # x\n", "'a' : 2 # x\n", ["a", 2]],
  ["an emoji before", "👈: 1\ncanary:\n  trafficPercent: 1", "👈: 1\ncanary:\n  trafficPercent: 100"],
  ["an explicit key", "? canary\n: trafficPercent: 1\n", "? canary\n: trafficPercent: 100\n"],
  ["a value on the next line", "a:\n  1 # x\n", "a:\n  2 # x\n", ["a", 2]],
  ["a plain value of two lines", "a: b\n   c\nz: 1\n", "a: x\nz: 1\n", ["a", "x"]],
  ["a quoted value of two lines", 'a: "b\n   c"\nz: 1', 'a: "x"\nz: 1', ["a", "x"]],
  ["no value", "a:\n", "a: x\n", ["a", "x"]],
  ["no value, trailing spaces", "a:   \n", "a: x   \n", ["a", "x"]],
  ["no value, a trailing tab", "a:\t\n", "a: x\t\n", ["a", "x"]],
  ["no value, a comment", "a: # x\n", "a: 2 # x\n", ["a", 2]],
  ["no value, a comment below", "a:\n  # x\nb: 1\n", "a: 2\n  # x\nb: 1\n", ["a", 2]],
  ["no value, an anchor", "a: &x # y\n", "a: &x 2 # y\n", ["a", 2]],
  ["no value at the end", "a:", "a: 2", ["a", 2]],
  ["an explicit null", "a: ~ # x\n", "a: 2 # x\n", ["a", 2]],
  ["a list item without value", "a:\n  -\n  - 1\n", "a:\n  - 2\n  - 1\n", ["a.0", 2]],
  ["a list item", "a: [1, 2]\n", "a: [1, 3]\n", ["a.1", 3]],
  ["the tenth list item", "a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n", "a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]\n", ["a.10", 11]], // biome-ignore format: a row
  ["a list in a list", "a:\n  - - 1\n    - b: 2\n", "a:\n  - - 1\n    - b: 3\n", ["a.0.1.b", 3]],
  ["no value in a flow map", '{a: , "b":}', '{a: 2 , "b":}', ["a", 2]],
  ["no value behind a quoted key", '{"b":}', '{"b": 2}', ["b", 2]],
  ["no colon in a flow map", "{ a, b }", "{ a: 2, b }", ["a", 2]],
  ["JSON without spaces", '{"a":1,"b":2}', '{"a":1,"b":3}', ["b", 3]],
  ["an anchor that nobody uses", "a: &x 20 # y\n", "a: &x 100 # y\n", ["a", 100]],
  ["an anchor set anew before its use", "a: &x 1\nb: &x 2\nc: *x\n", "a: &x 3\nb: &x 2\nc: *x\n", ["a", 3]],
  ["an alias in a flow map", "p: &p 1\na: {b: *p , c: 1}\n", "p: &p 1\na: {b: 2 , c: 1}\n", ["a.b", 2]],
  ["an anchor of a map, unused", "a: &x\n  b: 1\n", "a: &x\n  b: 2\n", ["a.b", 2]],
  [
    "a merged map where the key is overridden",
    "d: &d\n  p: 20\nc:\n  <<: *d\n  p: 5\n",
    "d: &d\n  p: 1\nc:\n  <<: *d\n  p: 5\n",
    ["d.p", 1],
  ],
  ["a number as key", "1: a\n", "1: b\n", ["1", "b"]],
  ["a bool and a null as keys", "true: a\n~: b\n", "true: a\n~: c\n", ["~", "c"]],
  ["an alias as key", "a: &k b\n*k : 1\n", "a: &k b\n*k : 2\n", ["b", 2]],
  ["beside a complex key", "? [a]\n: 1\nb: 1\n", "? [a]\n: 1\nb: 2\n", ["b", 2]],
  ["single quotes", "a: 'it''s'\n", "a: 'don''t'\n", ["a", "don't"]],
  ["single quotes that cannot hold it", "a: 'x'\n", 'a: "l\\nm"\n', ["a", "l\nm"]],
  ["double quotes", 'a: "x"\n', 'a: "say \\"\\\\\\""\n', ["a", 'say "\\"']],
  [
    "characters that YAML forbids",
    "a: x\n",
    'a: "\\u007f\\u0085\\u2028\\ufeff\\u0000"\n',
    ["a", "\x7f\x85\u2028\ufeff\0"],
  ],
  ["a string tag", "a: !!str 20\n", "a: !!str 100\n", ["a", 100]],
  ["a string tag without a value", "a: !!str\n", "a: !!str x\n", ["a", "x"]],
  ["the non-specific tag", "a: ! 20\n", "a: ! 100\n", ["a", 100]],
  ["an int tag", "a: !!int 20\n", "a: !!int 100\n", ["a", 100]],
  ["a float tag", "a: !!float 20\n", "a: !!float 0.5\n", ["a", 0.5]],
  ["minus zero", "a: 1\n", "a: 0\n", ["a", -0]],
  ["a small number", "a: 1\n", "a: 1.0e-7\n", ["a", 1e-7]],
  ["a small number with a fraction", "a: 1\n", "a: -1.5e-7\n", ["a", -1.5e-7]],
  ["a bool", "a: false # x\n", "a: true # x\n", ["a", true]],
  ["a bool by what Go reads as one", "a: yes\n", "a: true\n", ["a", true]],
  ["a bool tag", "a: !!bool false\n", "a: !!bool true\n", ["a", true]],
  ["a quoted bool", 'a: "false"\n', 'a: "true"\n', ["a", true]],
  ["a quoted number", "a: '20'\n", "a: '100'\n", ["a", 100]],
  ["a number by a string", "version: 1234567890\n", 'version: "1234567890"\n', ["version", "1234567890"]],
  ["a number by a string in a flow map", "{v: 1}", "{v: ab-c}", ["v", "ab-c"]],
  ["a comma in a flow map", "{v: a}", '{v: "a,b"}', ["v", "a,b"]],
  ["a comma elsewhere", "v: a", "v: a,b", ["v", "a,b"]],
  ["what Go reads as octal", "a: 010\n", "a: 10\n", ["a", 10]],
  ["what Go reads as a bool", "a: yes\n", 'a: "yes"\n', ["a", "yes"]],
  [
    "the only document with all of the path",
    "canary:\n  tag: x\n---\ncanary: {trafficPercent: 1}\n",
    "canary:\n  tag: x\n---\ncanary: {trafficPercent: 100}\n",
  ],
  ["an end mark", "a: 1 # x\n...\n# y\n", "a: 2 # x\n...\n# y\n", ["a", 2]],
  ["backslashes and dots in a key", "b.c:\n  \\d: 1\n", "b.c:\n  \\d: 2\n", ["b\\.c.\\\\d", 2]],
];

const inserted: readonly Row[] = [
  ["file of a comment", "# c\n", "# c\ncanary:\n  trafficPercent: 100\n"],
  ["file of a comment without line end", "# c", "# c\ncanary:\n  trafficPercent: 100"],
  ["file of a comment, CRLF", "# c\r\n", "# c\r\ncanary:\r\n  trafficPercent: 100\r\n"],
  ["file of ---", "---\n", "---\ncanary:\n  trafficPercent: 100\n"],
  ["file of --- without line end", "---", "---\ncanary:\n  trafficPercent: 100"],
  ["file of --- and ...", "--- # c\n...\n", "--- # c\ncanary:\n  trafficPercent: 100\n...\n"],
  ["file of a directive", "%YAML 1.2\n---\n", "%YAML 1.2\n---\ncanary:\n  trafficPercent: 100\n"],
  ["file of blank lines", "\n\n", "\n\ncanary:\n  trafficPercent: 100\n"],
  ["file of a byte order mark", "\ufeff", "\ufeffcanary:\n  trafficPercent: 100\n"],
  ["file of {}", "{}\n", "{ canary: { trafficPercent: 100 } }\n"],
  ["CRLF", "a: 1\r\n", "a: 1\r\ncanary:\r\n  trafficPercent: 100\r\n"],
  ["CRLF without final line end", "z: 1\r\na: 1", "z: 1\r\na: 1\r\ncanary:\r\n  trafficPercent: 100"],
  ["no final line end", "a: 1 # c", "a: 1 # c\ncanary:\n  trafficPercent: 100"],
  ["blank lines at the end", "a: 1\n\n\n", "a: 1\ncanary:\n  trafficPercent: 100\n\n\n"],
  ["before an end mark", "a: 1\n...\n", "a: 1\ncanary:\n  trafficPercent: 100\n...\n"],
  ["before an empty document", "a: 1\n---\n# c\n", "a: 1\ncanary:\n  trafficPercent: 100\n---\n# c\n"],
  [
    "the document with most of the path",
    "a: 1\n---\ncanary: {}\n",
    "a: 1\n---\ncanary: { trafficPercent: 100 }\n",
  ],
  ["null", "canary: null # c\nz: 1\n", "canary: # c\n  trafficPercent: 100\nz: 1\n"],
  ["~", "canary: ~\n", "canary:\n  trafficPercent: 100\n"],
  ["~ with an anchor", "canary: &c ~\n", "canary: &c\n  trafficPercent: 100\n"],
  ["null on its own line", "canary:\n  null # c\n", "canary:\n  { trafficPercent: 100 } # c\n"],
  ["nothing, an anchor", "canary: &c # d\n", "canary: &c # d\n  trafficPercent: 100\n"],
  ["nothing, trailing spaces", "canary:  \nz: 1", "canary:  \n  trafficPercent: 100\nz: 1"],
  ["nothing, a comment below", "canary:\n  # c\nz: 1\n", "canary:\n  trafficPercent: 100\n  # c\nz: 1\n"],
  ["nothing, an explicit key", "? canary\n:\n", "? canary\n:\n  trafficPercent: 100\n"],
  ["nothing at the end", "x: 1\ncanary:", "x: 1\ncanary:\n  trafficPercent: 100"],
  ["nothing, house indent of three", "a:\n   b:\ncanary:\n", "a:\n   b:\n   c: 1\ncanary:\n", ["a.c", 1]],
  ["nothing in a list item", "a:\n  -\n  - 1\n", "a:\n  - { b: 1 }\n  - 1\n", ["a.0.b", 1]],
  ["nothing in a flow map", "{ canary: , b: }", "{ canary: { trafficPercent: 100 } , b: }"],
  ["no colon in a flow map", "{ canary }", "{ canary: { trafficPercent: 100 } }"],
  ["null in a flow map", "{ canary: null }", "{ canary: { trafficPercent: 100 } }"],
  ["a flow map, a quoted key above it", '"a": {b: 1}\n', '"a": {b: 1, c: 1}\n', ["a.c", 1]],
  ["a key that ends in a digit", "a: 1\n", "a: 1\nb:\n  x1: 1\n", ["b.x1", 1]],
  ["a key that begins with a digit", "a: 1\n", "a: 1\nb:\n  1x: 1\n", ["b.1x", 1]],
  ["an empty flow map with a comment", "canary: { # c\n  }\n", "canary: { trafficPercent: 100 # c\n  }\n"],
  ["a flow map of one line", "canary: {a: 1}\n", "canary: {a: 1, trafficPercent: 100}\n"],
  ["a flow map with a last comma", "canary: { a: 1, }\n", "canary: { a: 1, trafficPercent: 100, }\n"],
  ["a flow map that ends in a colon", "canary: {a:}\n", "canary: {a: , trafficPercent: 100}\n"],
  [
    "a flow map of several lines",
    "canary: {\n  tag: x,\n  y: 1 # c\n}\n",
    "canary: {\n  tag: x,\n  y: 1, # c\n  trafficPercent: 100\n}\n",
  ],
  [
    "a flow map of several lines, last comma, CRLF",
    "canary: {\r\n  tag: x, # c\r\n}\r\n",
    "canary: {\r\n  tag: x, # c\r\n  trafficPercent: 100,\r\n}\r\n",
  ],
  [
    "a flow map of several lines, a last comma",
    "canary: {\n  tag: x,\n}\n",
    "canary: {\n  tag: x,\n  trafficPercent: 100,\n}\n",
  ],
  [
    "a flow map of several lines, a comment far off",
    "canary: {\n  tag: x,  # c\n}\n",
    "canary: {\n  tag: x,  # c\n  trafficPercent: 100,\n}\n",
  ],
  ["a last brace on its own line", "canary: { a: x\n  }\n", "canary: { a: x, trafficPercent: 100\n  }\n"],
  [
    "braces around several lines",
    "canary: { a: x,\n  b: 1 }\n",
    "canary: { a: x,\n  b: 1, trafficPercent: 100 }\n",
  ],
  ["a flow map in a flow list", "a: {b: [1, {c: 1}]}", "a: {b: [1, {c: 1, d: x}]}", ["a.b.1.d", "x"]],
  ["three maps in a flow map", "{a: 1}", "{a: 1, b: { c: { d: 1 } }}", ["b.c.d", 1]],
  ["JSON", '{"a":1}', '{"a":1, "canary": { "trafficPercent": 100 }}'],
  ["JSON, a string", '{"a": {}}', '{"a": { "b": "x" }}', ["a.b", "x"]],
  ["a flow map of anything else", "{a: 1, ? [b] : 2}", "{a: 1, ? [b] : 2, c: 1}", ["c", 1]],
  ["a complex key first", "{? [b] : 2}", "{? [b] : 2, c: 1}", ["c", 1]],
  ["an anchored map", "canary: &c\n  tag: x\n", "canary: &c\n  tag: x\n  trafficPercent: 100\n"],
  [
    "a comment of the map",
    "canary:\n  a: 1\n   # deeper\nz: 1\n",
    "canary:\n  a: 1\n  trafficPercent: 100\n   # deeper\nz: 1\n",
  ],
  [
    "a last value of maps and lists",
    "a:\n  b:\n    - 1\n    -   - 2\n        - c:\n\n# x\n",
    "a:\n  b:\n    - 1\n    -   - 2\n        - c:\n  d: 1\n\n# x\n",
    ["a.d", 1],
  ],
  ["a last value of two lines", 'a: "b\n  c" # d\n', 'a: "b\n  c" # d\ne: 1\n', ["e", 1]],
  ["a last value in flow style", "a: [1,\n  2] # c\n", "a: [1,\n  2] # c\ne: 1\n", ["e", 1]],
  ["a last value whose bracket has its own line", "a: [\n  1\n]\n", "a: [\n  1\n]\ne: 1\n", ["e", 1]],
  ["a last key without colon", "? a\n", "? a\nb: 1\n", ["b", 1]],
  ["a last key without colon, further in", "a:\n  ? b\n", "a:\n  ? b\nc: 1\n", ["c", 1]],
  ["a last key that is a list", "? - a\n", "? - a\nb: 1\n", ["b", 1]],
  ["a last value of nothing", "a: 1\nb: ", "a: 1\nb: \nc: 1", ["c", 1]],
  [
    "a list item",
    "l:\n  - a: 1\n    # x\n  - b: 1\n",
    "l:\n  - a: 1\n    c: 2\n    # x\n  - b: 1\n",
    ["l.0.c", 2],
  ],
  [
    "a map in a list item",
    "l:\n  - a:\n      b: 1\n",
    "l:\n  - a:\n      b: 1\n    c:\n      d: 2\n",
    ["l.0.c.d", 2],
  ],
  ["a block scalar before", "l: |\n  x\n", "l: |\n  x\na: 1\n", ["a", 1]],
  ["a block scalar and blank lines before", "l: >\n  x\n\n\n# c\n", "l: >\n  x\na: 1\n\n\n# c\n", ["a", 1]],
  ["a block scalar that keeps its blank lines", "l: |+\n  x\n\n\n", "l: |+\n  x\n\n\na: 1\n", ["a", 1]],
  ["a block scalar |2+ with CRLF", "l: |2+\r\n  x\r\n\r\n", "l: |2+\r\n  x\r\n\r\na: 1\r\n", ["a", 1]],
  ["a stripped block scalar, no line end", "l: |-\n  x", "l: |-\n  x\na: 1", ["a", 1]],
  ["an open block scalar", "k: 1\nl: |\n  x", "k: 1\na: 1\nl: |\n  x", ["a", 1]],
  ["an open folded scalar", "k: 1\nl: >\n  x", "k: 1\na: 1\nl: >\n  x", ["a", 1]],
  ["a block scalar, and a file without line end", "a:\n  l: |\n    x\nb: 1", "a:\n  l: |\n    x\n  c: 1\nb: 1", ["a.c", 1]], // biome-ignore format: a row
  ["a stripped scalar and blank lines", "l: |-\r\n  x\r\n\r\n\r\n# c\r\n", "l: |-\r\n  x\r\na: 1\r\n\r\n\r\n# c\r\n", ["a", 1]], // biome-ignore format: a row
  ["a block scalar with a blank line within", "l: |\n  x\n\n  y\n\n# c\n", "l: |\n  x\n\n  y\na: 1\n\n# c\n", ["a", 1]], // biome-ignore format: a row
  ["an open block scalar, a tagged key", "!!str l: |\n  x", "a: 1\n!!str l: |\n  x", ["a", 1]],
  ["an open block scalar, an explicit key", "? l\n: |\n  x", "a: 1\n? l\n: |\n  x", ["a", 1]],
  ["an open block scalar, no key", ": |\n  x", "a: 1\n: |\n  x", ["a", 1]],
  ["an open block scalar |+", "l: &x |+\n  x", "a: 1\nl: &x |+\n  x", ["a", 1]],
  ["an open block scalar, an anchored key", "&k l: |\n  x", "a: 1\n&k l: |\n  x", ["a", 1]],
  [
    "an open block scalar in a list item",
    "- - l: |\n      x",
    "- - a:\n      b: 1\n    l: |\n      x",
    ["0.0.a.b", 1],
  ],
  ["an open block scalar, two keys", "- l: |\n    x", "- a:\n    b: 1\n  l: |\n    x", ["0.a.b", 1]],
  ["a merged value", "d: &d {p: 1}\nc: {<<: *d}\n", "d: &d {p: 1}\nc: {<<: *d, p: 2}\n", ["c.p", 2]],
  ["a merged nothing", "d: &d {a: }\n<<: *d\n", "d: &d {a: }\n<<: *d\na:\n  b: 1\n", ["a.b", 1]],
  [
    "a merge of other keys",
    "d: &d {a: 1}\nc:\n  <<: [*d, {e: 1}]\n",
    "d: &d {a: 1}\nc:\n  <<: [*d, {e: 1}]\n  f: 1\n",
    ["c.f", 1],
  ],
  ["house indent by lists", "a:\n    - x: 1\n", "a:\n    - x: 1\nb:\n    c: 1\n", ["b.c", 1]],
  ["no indent of lists", "a:\n- x: 1\n", "a:\n- x: 1\nb:\n  c: 1\n", ["b.c", 1]],
  [
    "house indent of most maps",
    "a:\n  b: 1\nc:\n   d: 1\ne:\n   f: [x: y]\n",
    "a:\n  b: 1\nc:\n   d: 1\ne:\n   f: [x: y]\ng:\n   h: 1\n",
    ["g.h", 1],
  ],
  ["a key that needs quotes", "a: 1", 'a: 1\n"8080": x', ["8080", "x"]],
  ["a key that YAML 1.1 reads as a bool", "b: 1\n", 'b: 1\n"on": "no"\n', ["on", "no"]],
];

const refusals: readonly (readonly [
  RefusalKind,
  string,
  string,
  (string | readonly [string, number | string])?,
])[] = [
  ["ALIASED", "an anchored map used elsewhere", "canary: &c\n  a: 1\nz: *c\n"],
  ["ALIASED", "a value in an anchored map used elsewhere", "canary: &c {trafficPercent: 1}\nz: *c\n"],
  ["ALIASED", "a value in a merged map", "d: &d\n  p: 1\nc:\n  <<: *d\n", "d.p"],
  ["ALIASED", "an alias as the map", "c: &c\n  a: 1\ncanary: *c\n"],
  ["ALIASED", "an alias as the map, with the key", "c: &c\n  trafficPercent: 1\ncanary: *c\n"],
  ["ALIASED", "a merged map on the way", "x: &x {canary: {a: 1}}\n<<: *x\n"],
  ["AMBIGUOUS", "none of two documents has it", "a: 1\n---\nb: 1\n"],
  ["AMBIGUOUS", "two documents have the map", "canary:\n---\ncanary: {}\n"],
  [
    "AMBIGUOUS",
    "two documents, one merges",
    "a: &a {trafficPercent: 1}\ncanary: {<<: *a}\n---\ncanary: {trafficPercent: 1}\n",
  ],
  ["AMBIGUOUS", "two empty documents", "---\n---\n"],
  ["AMBIGUOUS", "an index where nothing is", "a: 1\n", "b.0"],
  ["AMBIGUOUS", "an index in an empty file", "", "0"],
  ["INVALID_PATH", "no path", "a: 1\n", ""],
  ["INVALID_PATH", "an empty key", "a: 1\n", "a..b"],
  ["INVALID_PATH", "a dot at the end", "a: 1\n", "a."],
  ["INVALID_PATH", "another escape", "a: 1\n", "a\\b"],
  ["INVALID_PATH", "a backslash at the end", "a: 1\n", "a\\"],
  ["INVALID_PATH", "a line end", "a: 1\n", "a\nb"],
  ["INVALID_PATH", "too long", "a: 1\n", "a".repeat(1025)],
  ["INVALID_PATH", "too many keys", "a: 1\n", `${"a.".repeat(50)}a`],
  ["INVALID_VALUE", "not a number", "a: 1\n", ["a", Number.NaN]],
  ["INVALID_VALUE", "beyond whole numbers", "a: 1\n", ["a", 2 ** 53]],
  ["INVALID_VALUE", "half a character", "a: 1\n", ["a", "\ud83d"]],
  ["INVALID_YAML", "a duplicate key elsewhere", "canary:\n  trafficPercent: 1\nb: {c: 1, c: 2}\n"],
  ["INVALID_YAML", "keys that JSON takes for one", "1: a\n'1': b\n", "a"],
  ["INVALID_YAML", "a duplicate key by alias", "a: &k b\n*k : 1\nb: 2\n", "b"],
  ["INVALID_YAML", "an alias of nothing", "a: *x\n", "a"],
  ["INVALID_YAML", "an alias before its anchor", "a: *x\nb: &x 1\n", "a"],
  ["INVALID_YAML", "an alias within its anchor", "a: &x [*x]\n", "b"],
  ["INVALID_YAML", "a merge of a number", "a:\n  <<: 5\n", "a.b"],
  ["INVALID_YAML", "a control character", "a: \x1b\n", "a"],
  ["INVALID_YAML", "a byte order mark within", "a: \ufeff\n", "a"],
  ["INVALID_YAML", "half a character in the file", "a: \udc00\n", "a"],
  ["INVALID_YAML", "a directive without document", "%YAML 1.2\n", "a"],
  ["INVALID_YAML", "a tab after a dash", "-\ta: 1\n", "0.a"],
  ["NOT_A_MAP", "a list", "canary: []\n"],
  ["NOT_A_MAP", "a list at the top", "- a\n"],
  ["NOT_A_MAP", "no such list item", "a: [1]\n", "a.1"],
  ["NOT_A_MAP", "a text at the top", "abc\n"],
  ["NOT_A_MAP", "an alias of a text", "a: &a x\ncanary: *a\n"],
  ["TOO_LARGE", "a file of more than 256 KiB", `a: ${"x".repeat(256 * 1024)}`],
  ["TOO_LARGE", "very many tokens", "- a\n".repeat(20_000)],
  ["TOO_LARGE", "nesting", "[".repeat(5000) + "]".repeat(5000)],
  ["TOO_LARGE", "documents", "---\n".repeat(1001)],
  ["TOO_LARGE", "aliases", `a: &a 1\nb:\n${"- *a\n".repeat(5001)}`],
  ["TOO_LARGE", "an alias bomb", alias((i) => `[${`*a${i - 1},`.repeat(10)}]`, 10)],
  ["TOO_LARGE", "a chain of aliases", alias((i) => `[*a${i - 1}]`, 300)],
  ["UNSUPPORTED_STYLE", "a folded block scalar", "a: >-\n  x\n", ["a", "y"]],
  ["UNSUPPORTED_STYLE", "a map as the value", "a: {}\n", "a"],
  ["UNSUPPORTED_STYLE", "a list as the value", "a:\n  - 1\n", "a"],
  ["UNSUPPORTED_STYLE", "a map by alias as the value", "b: &b {c: 1}\na: *b\n", "a"],
  ["UNSUPPORTED_STYLE", "a merged map as the value", "b: &b {a: {}}\n<<: *b\n", "a"],
  ["UNSUPPORTED_STYLE", "a foreign tag", "a: !x 20\n", "a"],
  ["UNSUPPORTED_STYLE", "an int tag, a text", "a: !!int 20\n", ["a", "x"]],
  ["UNSUPPORTED_STYLE", "an int tag, a fraction", "a: !!int 20\n", ["a", 0.5]],
  ["UNSUPPORTED_STYLE", "a bool tag, a text", "a: !!bool true\n", ["a", "x"]],
  ["UNSUPPORTED_STYLE", "a float tag, a text", "a: !!float 20\n", ["a", "x"]],
  ["UNSUPPORTED_STYLE", "a tagged nothing", "a: !!null\n", "a.b"],
  ["UNSUPPORTED_STYLE", "a tagged nothing at the top", "--- !!null\n", "a.b"],
  ["UNSUPPORTED_STYLE", "an explicit null at the top", "--- ~\n", "a.b"],
  ["UNSUPPORTED_STYLE", "a key without colon", "? canary\n", "canary"],
  ["UNSUPPORTED_STYLE", "a key without colon as the map", "? canary\n"],
  ["UNSUPPORTED_STYLE", "a pair without braces", "[a: 1]", "0.b"],
  ["UNSUPPORTED_STYLE", "a lone carriage return", "a: 1\rb: 2\n", "a"],
  ["UNSUPPORTED_STYLE", "a line separator", "a: 'x\u2028y'\n", "a"],
  ["UNPROVEN", "a list that the parser lets stand at the key", "? a\n- ", ["b", "y"]],
];

/** `a0: &a0 1`, then `count` values that use the one before. */
function alias(value: (index: number) => string, count: number): string {
  const lines = Array.from({ length: count }, (_, i) => `a${i + 1}: &a${i + 1} ${value(i + 1)}\n`);
  return `a0: &a0 1\n${lines.join("")}`;
}

const unchanged: readonly (readonly [string, string, string, number | string | boolean])[] = [
  ["a number written otherwise", "a: 1.0\n", "a", 1],
  ["a quoted number", 'a: "20"\n', "a", 20],
  ["a quoted text", "a: '20'\n", "a", "20"],
  ["a plain text", "a: v1.2.3\n", "a", "v1.2.3"],
  ["a block scalar", "a: |-\n  20\n", "a", "20"],
  ["a tagged text", "a: !!str 20\n", "a", 20],
  ["a bool", "a: true\n", "a", true],
  ["a value by alias", "b: &b 1\na: *b\n", "a", 1],
  ["a shared value", "b: &b 1\na: *b\n", "b", 1],
  ["a map by alias", "b: &b {c: 1}\na: *b\n", "a.c", 1],
  ["a merged value", "b: &b {c: 1}\na: {<<: *b}\n", "a.c", 1],
  ["a value merged twice", "b: &b {c: 1}\nd: &d {<<: *b}\na: {<<: [{e: 1}, *d]}\n", "a.c", 1],
];

/** What a person reads who has to find and mend it. */
const told: readonly (readonly [string, string | readonly [string, number | string], string])[] = [
  ["a: 1\n", ["a", Number.NaN], "neither a finite number nor well-formed text"],
  ["? a\n- ", ["b", "y"], "the edited file does not parse to the old data with just this value changed"],
  ["b: 1\na: {}\n", "a", "line 2: the path leads to a map, not to a value"],
  ["b: 1\na:\n  - 1\n", "a", "line 3: the path leads to a list, not to a value"],
  ["a: 1\n", "b.0", "0 could be a key or a list item, and neither is there"],
  ["b: 1\n? canary\n", percent, "line 2: the key has no colon"],
  ["b: 1\n? canary\n", "canary", "line 2: the key has no colon"],
  [
    "b: 1\na: !!null\n",
    "a.b",
    "line 2: nothing, with the tag tag:yaml.org,2002:null, stands where a map is wanted",
  ],
  ["# c\n--- ~\n", "a.b", "line 2: the document is an explicit null"],
  ["b: 1\na: >-\n  x\n", ["a", "y"], "line 2: the value is a block scalar"],
  ["b: 1\na: !x 20\n", "a", "line 2: the tag !x does not go with the new value"],
  ["- 1\n- [a: 1]\n", "1.0.b", "line 2: a single pair in a list, without braces"],
  ["a: x\n", "a.b", "b is looked for in a plain value"],
  ["a: [1]\n", "a.1", "a list of 1 has no item 1"],
  ["a: 1\n---\nb: 1\n", "c", "2 documents (lines 1, 2) could take the value, and none has it"],
  ["a: 1\n---\na: 1\n", "a", "2 documents (lines 1, 2) have the value"],
  ["b: 1\na: *x\n", "a", "line 2: no anchor for the alias *x"],
  ["b: 1\na: &x [*x]\n", "b", "line 2: the alias *x lies within its own anchor"],
  ["b: 1\na: {c: 1, c: 2}\n", "b", "line 2: the key c stands twice in one map"],
  ["b: 1\na: \x1b\n", "b", "line 2: a character that YAML does not allow"],
  ["b: 1\ra: 1\n", "b", "line 1: a line end that not every YAML reader takes for one"],
  [`a: &a 1\nb:\n${"- *a\n".repeat(5001)}`, "c", "line 5003: more than 5000 aliases"],
  [alias((i) => `[${`*a${i - 1},`.repeat(10)}]`, 10), "c", "line 7: the aliases stand for too much data"],
  [`a: ${"x".repeat(256 * 1024)}`, "a", "file larger than 262144 characters"],
  ["- a\n".repeat(20_000), "a", "more than 50000 tokens"],
  ["---\n".repeat(1001), "a", "more than 1000 documents"],
  [`a:\n${"[".repeat(200)}${"]".repeat(200)}`, "a", "line 2: more than 100 levels deep"],
  ["a: 1\n", "a".repeat(1025), "path longer than 1024 characters"],
  ["a: 1\n", "a\nb", "path holds a control character"],
  ["a: 1\n", "a\\b", "path a\\b: a backslash stands only before a dot or a backslash"],
  ["a: 1\n", "a..b", "path a..b: a key between the dots is empty"],
  ["a: 1\n", `${"a.".repeat(50)}a`, "path has more than 50 keys"],
];

describe("editYaml", () => {
  for (const [subject, rows] of [
    ["replaces", replaced],
    ["inserts", inserted],
  ] as const) {
    describe(subject, () => {
      for (const [name, input, output, [path, value] = [percent, 100] as const] of rows) {
        it(name, () => {
          const result = editYaml(input, path, value);
          const again = editYaml(output, path, value);

          assert.deepEqual(result.kind === "edited" ? result.text : result, output);
          assert.deepEqual(again.kind === "unchanged" ? again.text : again, output);
        });
      }
    });
  }

  describe("refuses", () => {
    for (const [error, name, input, target = percent] of refusals) {
      it(`${error}: ${name}`, () => {
        const [path, value] = typeof target === "string" ? ([target, 100] as const) : target;

        const result = editYaml(input, path, value);

        assert.equal(result.kind === "refused" ? result.error : JSON.stringify(result), error);
      });
    }
  });

  describe("leaves alone", () => {
    for (const [name, input, path, value] of unchanged) {
      it(name, () => {
        const result = editYaml(input, path, value);

        assert.equal(result.kind, "unchanged");
        assert.equal(result.kind === "unchanged" && result.text, input);
      });
    }
  });

  it("tells the value before", () => {
    const before = ["a: 1\n", "a: 'x'\n", "a:\n", "a: true\n", "b: 1\n", "c: &c 7\na: *c\n"].map((text) => {
      const result = editYaml(text, "a", 100);
      return result.kind === "edited" ? result.before : result;
    });

    assert.deepEqual(before, [1, "x", null, true, undefined, 7]);
  });

  describe("says where and why", () => {
    for (const [input, target, detail] of told) {
      it(detail, () => {
        const [path, value] = typeof target === "string" ? ([target, 100] as const) : target;

        const result = editYaml(input, path, value);

        assert.equal(result.kind === "refused" ? result.detail : JSON.stringify(result), detail);
      });
    }
  });

  it("takes files and paths of just the largest size", () => {
    const head = "a: 1\n# ";
    const files: readonly (readonly [string, string])[] = [
      [head + "x".repeat(256 * 1024 - head.length), "a"],
      [`a: &b 1\nl:\n${"- *b\n".repeat(5000)}`, "c"],
      [`a: 1\n${"---\n".repeat(999)}`, "a"],
      ["a: 1\n", "b".repeat(1024)],
      ["a: 1\n", `${"b.".repeat(49)}b`],
    ];
    const results = files.map(([text, path]) => editYaml(text, path, 2).kind);
    assert.deepEqual(results, ["edited", "edited", "edited", "edited", "edited"]);
  });

  it("names the line of what is wrong", () => {
    const result = editYaml("a: 1\nb:\n\tc: 1\n", "a", 2);

    assert.match(result.kind === "refused" ? result.detail : "", /^line 3: /);
  });

  it("edits several values in turn", () => {
    const first = editYaml("version: a # v\ncanary:\n  trafficPercent: 100 # p\n", "version", "b");
    assert.equal(first.kind, "edited");
    const second = editYaml(first.kind === "edited" ? first.text : "", percent, 0);

    assert.equal(
      second.kind === "edited" && second.text,
      "version: b # v\ncanary:\n  trafficPercent: 0 # p\n",
    );
  });
});

describe("editYaml: texts that YAML reads as something else", () => {
  const typed = [
    ["", "~", "null", "NULL", "true", "False", "yes", "No", "ON", "off", "y", "N", "=", "<<"],
    [
      "0",
      "-1",
      "+12",
      "0144",
      "1_000",
      "0x1F",
      "0o17",
      "0b11",
      "1.",
      ".5",
      "-.5e3",
      "1e3",
      "12345e6789",
      "1.5E-3",
    ],
    [
      "1_0.5",
      ".inf",
      "-.INF",
      ".NaN",
      "1:30",
      "190:20:30.15",
      "2001-12-14",
      "2001-1-1t2:3:4Z",
      "2001-12-14 01:02:03",
    ],
    [
      "- a",
      "-",
      "?",
      "? a",
      ":",
      ": a",
      "a: b",
      "a:",
      "a #b",
      "#a",
      " a",
      "a ",
      "\ta",
      "a\tb",
      "a\nb",
      "&a",
      "*a",
      "!a",
    ],
    [
      "|",
      ">",
      "'a'",
      '"a"',
      "%a",
      "@a",
      "`a",
      "[a",
      "{a",
      "]",
      "}",
      ",a",
      "---",
      "...",
      "... a",
      "a\u00a0",
      "-a",
    ],
  ].flat();
  const untyped = [
    "9f86d08188",
    "v1.2.3",
    "1.2.3",
    "a:b",
    "a#b",
    "feature/x",
    "sha256:ab",
    "0xg",
    "1e",
    "é",
    "👈",
    "a'b",
    "a b",
    "a...b",
    "x=y",
  ];

  for (const [texts, form] of [
    [typed, /^a: "/],
    [untyped, /^a: [^"']/],
  ] as const) {
    for (const text of texts) {
      it(JSON.stringify(text), () => {
        const result = editYaml("a: 5.5\n", "a", text);

        const output = result.kind === "edited" ? result.text : "";
        assert.match(output, form);
        for (const version of ["1.1", "1.2"] as const) {
          assert.deepEqual(
            parseAllDocuments(output, { version }).map((one) => one.toJS() as unknown),
            [{ a: text }],
          );
        }
      });
    }
  }
});
