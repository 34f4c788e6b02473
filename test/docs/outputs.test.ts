import assert from "node:assert/strict";
import { withOutputs } from "../../scripts/docs/outputs.ts";
import { play } from "../../scripts/docs/play.ts";
import { readPages } from "../../scripts/docs/project.ts";
import { sessions } from "../../scripts/docs/scenes.ts";
import { fitForPage, shapeOf } from "../../scripts/docs/shape.ts";

describe("the shape of an output", () => {
  const same: readonly (readonly [string, string])[] = [
    ["Pushed commit edf4230085 to main", "Pushed commit 771e2be40e to main"],
    ["a\nWaiting: x\n  Waiting: y\nb", "a\nb"],
    [
      "pod jukebox-predictor-00001-deployment-7sn7krg7r-b6z7g",
      "pod jukebox-predictor-00001-deployment-abc-x1y2z",
    ],
    ["after 1.5 s", "after 12 s"],
    [
      "x; excludes a leak of 10 % and more (95 %, from 30 requests) (2 pods)",
      "x; too few to exclude a leak by numbers (3 pods)",
    ],
    ["READY   AGE\nTrue    5s", "READY   AGE\nTrue    15s"],
  ];
  for (const [one, other] of same) {
    it(`${JSON.stringify(one)} is that of another run`, () => assert.equal(shapeOf(one), shapeOf(other)));
  }

  const different: readonly (readonly [string, string])[] = [
    ["PASS CUT_OVER_PROVEN", "FAIL OTHER_REVISION_SERVED"],
    ["Rolled out: blue", "Rolled out: green"],
    ["a\nb", "a"],
  ];
  for (const [one, other] of different) {
    it(`${JSON.stringify(one)} is not ${JSON.stringify(other)}'s`, () => {
      assert.notEqual(shapeOf(one), shapeOf(other));
    });
  }
});

describe("outputs in a page", () => {
  const page = "# x\n```console one\n$ x\ntook 1 s\n```\ntext\n```console two\n```\n```sh\n$ x\n```\n";
  const now: Readonly<Record<string, string>> = { one: "$ x\ntook 2 s\n", two: "$ y\n$& done\n" };

  it("are renewed where they say something else, and only there", () => {
    const after = withOutputs(page, "by shape", (scene) => now[scene]);
    assert.equal(after, page.replace("two\n", "two\n$ y\n$$& done\n"));
    assert.equal(
      withOutputs(after, "by shape", (scene) => now[scene]),
      after,
    );
  });

  it("are renewed for new figures alone only if that is asked for", () => {
    const figures = (scene: string) => (scene === "one" ? now["one"] : undefined);
    assert.equal(withOutputs(page, "by shape", figures), page);
    assert.equal(withOutputs(page, "always", figures), page.replace("took 1 s", "took 2 s"));
  });

  it("stay where no scene gives them", () =>
    assert.equal(
      withOutputs(page, "always", () => undefined),
      page,
    ));

  it("have no long lines of waiting", () => {
    assert.match(
      fitForPage(`  Waiting: ${"x".repeat(200)}\nEvidence: ${"y".repeat(200)}`, []),
      /^ {2}Waiting: x+ …\nEvidence: y{200}$/,
    );
  });

  it("show no address of the run that made them", () => {
    const text = fitForPage("at http://127.0.0.1:4711/x  \n\n", [
      ["http://127.0.0.1:4711", "https://git.example.com"],
    ]);
    assert.equal(text, "at https://git.example.com/x");
  });
});

describe("the outputs on the pages", () => {
  const blocks = new Map(readPages().flatMap((page) => page.blocks.map(({ name, text }) => [name, text])));

  for (const session of sessions.filter(({ quick }) => quick)) {
    const names = session.scenes.map(({ name }) => name).join(", ");
    it(`${names}: are what the program prints (the others: npm run docs -- --check)`, async () => {
      for (const [name, output] of await play(session)) {
        const shown = blocks.get(name)?.split("\n").slice(1).join("\n") ?? "";
        assert.equal(shapeOf(shown.trimEnd()), shapeOf(output), name);
      }
    });
  }
});
