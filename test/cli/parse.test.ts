import assert from "node:assert/strict";
import {
  oneOf,
  type Parser,
  parseCount,
  parseDnsLabel,
  parseDuration,
  parseFlag,
  parseHttpUrl,
  parseModelVersion,
  parseNamespacedName,
  parsePerson,
  parsePositiveDuration,
  parseRepositoryPath,
  parseRunId,
  parseSet,
  parseText,
} from "../../src/cli/parse.ts";

/** What is accepted with its value, and what is refused. */
function table<T>(
  name: string,
  parse: Parser<T>,
  accepted: readonly (readonly [text: string, value: T])[],
  refused: readonly string[],
): void {
  describe(name, () => {
    for (const [text, value] of accepted) {
      it(`takes ${JSON.stringify(text.slice(0, 60))}`, () => {
        assert.deepEqual(parse(text), { ok: true, value });
      });
    }
    for (const text of refused) {
      it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
        const parsed = parse(text);
        assert.ok(!parsed.ok);
        assert.match(parsed.problem, /^must /);
      });
    }
  });
}

/** Values that stay as they are. */
function same(...texts: readonly string[]): readonly (readonly [string, string])[] {
  return texts.map((text) => [text, text]);
}

describe("parsing option values", () => {
  table("a text", parseText, same("main", " x "), ["", " ", "\t\n"]);

  table("a Kubernetes name", parseDnsLabel, same("jukebox", "a", "7x", "a-b", "x".repeat(63)), [
    "",
    "Jukebox",
    "a.b",
    "-a",
    "a-",
    "a_b",
    "x".repeat(64),
    "a\n",
    "a/b",
  ]);

  table(
    "a duration",
    parseDuration,
    [
      ["90", 90_000],
      ["90s", 90_000],
      ["5m", 300_000],
      ["1.5h", 5_400_000],
      ["250ms", 250],
      ["0", 0],
      ["0.001", 1],
      ["1.001", 1_001],
      ["2147483.647", 2_147_483_647],
    ],
    [
      "",
      "5 m",
      "-1",
      "1d",
      "1e3",
      "m",
      "5mm",
      ".5",
      "1.",
      "0x10",
      "Infinity",
      "2147483.648",
      "2147483648ms",
      "600h",
      "999999999h",
    ],
  );

  table(
    "an interval",
    parsePositiveDuration,
    [
      ["1ms", 1],
      ["2s", 2_000],
    ],
    ["0", "0.000", "0h", "", "x"],
  );

  table(
    "a count",
    parseCount,
    [
      ["1", 1],
      ["5", 5],
      ["999999", 999_999],
    ],
    ["", "0", "-1", "1.5", "1e3", "1000000", "5x"],
  );

  table(
    "a switch",
    parseFlag,
    [
      ["true", true],
      ["", true],
      ["false", false],
    ],
    ["yes", "1", "TRUE"],
  );

  table(
    "one of several",
    oneOf("text", "json"),
    [
      ["text", "text"],
      ["json", "json"],
    ],
    ["", "JSON", "xml"],
  );

  table(
    "a path in the repository",
    parseRepositoryPath,
    same("config.yaml", "model-deployments/test/jukebox/config.yaml", "a b/🐳.yaml", ".github/x", "a/.git"),
    [
      "",
      "/etc/passwd",
      "a//b",
      "a/",
      "./a",
      "a/../b",
      "..",
      ".git/config",
      ".git",
      "a\\b",
      "a\nb",
      "a\u0000b",
    ],
  );

  table(
    "an HTTP URL",
    parseHttpUrl,
    [
      ["https://prometheus.example.com", "https://prometheus.example.com"],
      ["https://prometheus.example.com:9092///", "https://prometheus.example.com:9092"],
      ["http://127.0.0.1:9090/prom/", "http://127.0.0.1:9090/prom"],
      [" HTTPS://Prometheus.example.com ", "https://prometheus.example.com"],
    ],
    [
      "",
      "prometheus:9090",
      "ftp://x",
      "file:///etc/passwd",
      "https://",
      "https://user@x",
      "https://user:pass@x",
      "https://x/?token=y",
      "https://x/#y",
    ],
  );

  table(
    "a namespaced name",
    parseNamespacedName,
    [["user1-toolings/jukebox-test", { namespace: "user1-toolings", name: "jukebox-test" }]],
    ["", "jukebox-test", "/x", "x/", "a/b/c", "A/b", "-a/b", "a/b\n"],
  );

  table(
    "a further value",
    parseSet,
    [
      ["a=b", { path: "a", value: "b" }],
      ["a.b=", { path: "a.b", value: "" }],
      ["a=b=c", { path: "a", value: "b=c" }],
      ["a= b ", { path: "a", value: " b " }],
    ],
    ["", "a", "=b"],
  );

  table(
    "a model version",
    parseModelVersion,
    same("9f86d08188", "1234567890", "12345e6789", "v1.2_x-3", "_a", "x".repeat(128)),
    ["", ".a", "-a", "a b", "a:b", "a/b", "a@b", "x".repeat(129), "a\n"],
  );

  table("the id of a run", parseRunId, same("7f3a", "jukebox-run-x7/abc", "a b", "x".repeat(200)), [
    "",
    " a",
    "a ",
    "a  b",
    "a\nb",
    "a\u001b[31m",
    "\u202ea",
    "x".repeat(201),
  ]);

  table(
    "a person",
    parsePerson,
    [
      ["bluegreen <bluegreen@localhost>", { name: "bluegreen", email: "bluegreen@localhost" }],
      ["Ada Lovelace <ada@example.com>", { name: "Ada Lovelace", email: "ada@example.com" }],
    ],
    [
      "",
      "Ada",
      "ada@example.com",
      "<ada@example.com>",
      "Ada <>",
      "Ada <a b>",
      "Ada <a> ",
      "A\nb <a@b>",
      "A <a@b> <c@d>",
    ],
  );
});
