import assert from "node:assert/strict";
import { differenceOf, earlierImage } from "../../src/core/custom.ts";
import type { RevisionReading, Template } from "../../src/core/world.ts";

const spec: Template = {
  images: ["registry:5000/jukebox:v3"],
  args: ["--name=jukebox", "--folder=/v3"],
  env: [{ name: "WORKERS", value: "2" }],
};

function made(changes: Partial<Template> = {}): RevisionReading {
  return { name: "r1", ...spec, ...changes };
}

describe("a custom predictor's revision beside the spec", () => {
  const cases: readonly (readonly [what: string, spec: Template, made: RevisionReading, found?: string])[] = [
    ["is the same", spec, made()],
    [
      "has what somebody added",
      spec,
      made({ images: [...spec.images, "agent:1"], args: [...(spec.args ?? []), "-v"] }),
    ],
    [
      "has another image",
      spec,
      made({ images: ["registry:5000/jukebox:v2"] }),
      "image registry:5000/jukebox:v3",
    ],
    ["has another argument", spec, made({ args: ["--name=jukebox", "--folder=/v2"] }), "another argument"],
    ["has another value", spec, made({ env: [{ name: "WORKERS", value: "1" }] }), "another value of WORKERS"],
    [
      "has a value for each of two containers",
      spec,
      made({
        env: [
          { name: "WORKERS", value: "1" },
          { name: "WORKERS", value: "2" },
        ],
      }),
    ],
    [
      "does not tell a value, which may come from elsewhere",
      spec,
      made({ env: [{ name: "OTHER", value: "1" }] }),
    ],
    ["tells nothing", { images: [] }, { name: "r1", images: [] }],
    ["tells no image", spec, made({ images: [] })],
    [
      "tells no arguments where some are wanted",
      spec,
      { name: "r1", images: spec.images },
      "another argument",
    ],
    ["is beside a spec of images alone", { images: spec.images }, made()],
  ];
  for (const [what, wanted, revision, found] of cases)
    it(`${what}: ${found ?? "no difference"}`, () => assert.equal(differenceOf(wanted, revision), found));
});

describe("an image of a version that Git held before", () => {
  const images = (...tags: readonly string[]) => ({
    name: "r",
    images: tags.map((tag) => `registry:5000/jukebox:${tag}`),
  });
  const git = { now: "v3", earlier: new Set(["v1", "v2", "v3"]) };
  const older = images("v1");

  it("is what a revision runs that is not Git's", () => {
    assert.equal(earlierImage(images("v2"), [older, images("v2")], git), "registry:5000/jukebox:v2");
  });

  it("is not that of Git's own version, whatever stands beside it", () => {
    assert.equal(earlierImage(images("v2", "v3"), [older], git), undefined);
  });

  it("is none where the tag is no version of Git's, or there is no tag", () => {
    assert.equal(earlierImage(images("v9"), [older], git), undefined);
    assert.equal(earlierImage({ name: "r", images: ["jukebox"] }, [older], git), undefined);
    assert.equal(earlierImage({ name: "r", images: [] }, [older], git), undefined);
  });

  it("is none where the tag has never changed: it is the server's", () => {
    const other = { name: "r", images: ["registry:5000/server:v1"] };
    assert.equal(earlierImage(images("v2"), [images("v2"), other], git), undefined);
    const bare = { name: "r", images: ["registry:5000/jukebox"] };
    assert.equal(earlierImage(images("v2"), [bare], git), undefined);
    assert.equal(earlierImage(images("v2"), [], git), undefined);
  });
});
