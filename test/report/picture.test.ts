import assert from "node:assert/strict";
import { drawPicture, type Picture } from "../../src/report/picture.ts";
import { start, traffic } from "./wholes.ts";

const { times, pods } = traffic.kind === "rates" ? traffic.rates : { times: [], pods: [] };

const picture: Picture = {
  width: 960,
  height: 340,
  times,
  lines: pods.map(({ rates }, rank) => ({ colour: rank === 0 ? "blue" : "green", rank: 0, values: rates })),
  marks: [
    { at: start + 102_000, label: "commit" },
    { at: start + 131_000, label: "cut-over" },
  ],
};

describe("the picture", function () {
  // The first call loads the library.
  this.timeout(30_000);

  it("is one SVG that scales, in the page's colours", () => {
    const svg = drawPicture(picture);
    assert.match(svg, /^<svg [^>]*viewBox="0 0 960 340"/);
    assert.match(svg, /<\/svg>$/);
    for (const name of ["blue", "green", "ink", "soft", "line"])
      assert.ok(svg.includes(`var(--${name})`), name);
    assert.match(svg, />commit<\/text>/);
    assert.match(svg, />cut-over<\/text>/);
    assert.match(svg, />17:0\d:\d\d<\/text>/);
  });

  it("holds nothing that the page's policy forbids, and no trace of the library's own events", () => {
    assert.doesNotMatch(
      drawPicture(picture),
      /<style|<script|<image|\sstyle=|\sclass=|\son\w+=|href=|ecmeta|url\((?!#)/,
    );
  });

  it("has its line end where a pod was no longer scraped, and gaps where it was not", () => {
    const one = (values: readonly (number | null)[]) =>
      [
        ...drawPicture({ ...picture, marks: [], lines: [{ colour: "blue", rank: 0, values }] }).matchAll(
          /<path[^>]* d="([^"]*)"[^>]*stroke="var\(--blue\)" stroke-width="2.5"/g,
        ),
      ].length +
      [...drawPicture({ ...picture, marks: [], lines: [{ colour: "blue", rank: 0, values }] }).matchAll(/M/g)]
        .length;
    assert.notEqual(one(times.map(() => 1)), one(times.map((_, index) => (index === 10 ? null : 1))));
  });

  it("tells lines of one colour apart by their dashes, and colours by their shapes", () => {
    const line = { colour: "blue" as const, values: times.map(() => 1) };
    const both = drawPicture({
      ...picture,
      lines: [
        { ...line, rank: 0 },
        { ...line, rank: 1 },
      ],
    });
    assert.match(both, /stroke-dasharray="7,4"/);
    const shapes = (["blue", "green", "other"] as const).map((colour) =>
      drawPicture({ ...picture, marks: [], lines: [{ ...line, colour, rank: 0 }] }).replaceAll(
        `--${colour}`,
        "",
      ),
    );
    assert.equal(new Set(shapes).size, 3);
  });

  for (const [what, values] of [
    ["nothing but gaps", times.map(() => null)],
    ["nothing but zeros", times.map(() => 0)],
    ["a million a second", times.map(() => 1e6)],
  ] as const) {
    it(`is drawn of ${what}`, () => {
      assert.match(drawPicture({ ...picture, lines: [{ colour: "other", rank: 0, values }] }), /^<svg/);
    });
  }

  it("is drawn of one point", () => {
    assert.match(
      drawPicture({ ...picture, times: [start], lines: [{ colour: "blue", rank: 0, values: [1] }] }),
      /^<svg/,
    );
  });
});
