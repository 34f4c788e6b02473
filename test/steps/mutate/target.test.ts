import assert from "node:assert/strict";
import type { Intent } from "../../../src/core/intent.ts";
import type { ConfigValues } from "../../../src/core/preflight.ts";
import { holdsWanted, targetValues } from "../../../src/steps/mutate/target.ts";
import { fileWith, location, requestOf } from "../builders.ts";
import { createGit } from "../fakes.ts";

const promote = requestOf("promote");
const bytesOf = (text: string) => new TextEncoder().encode(text);
/** A file that no reader of YAML can be sure about. */
const unreadable = { "broken YAML": "canary: [", "a key twice": "version: v2\nversion: v3\n" };

describe("whether a version of the file needs no edit any more", () => {
  it("is so where every wanted value is there, however it is written", () => {
    assert.equal(holdsWanted(bytesOf(fileWith("v2", 100)), promote), true);
    assert.equal(holdsWanted(bytesOf(`# by hand\n${fileWith("v7", 100)}`), promote), true);
    assert.equal(holdsWanted(bytesOf(fileWith("v2", 0)), promote), false);
    assert.equal(holdsWanted(new Uint8Array(), promote), false);
  });

  it("takes every value of the intent, not the percent alone", () => {
    const intent: Intent = { action: "stage", version: "v3", sets: [{ path: "replicas", value: "2" }] };
    const stage = requestOf("stage", { intent });
    assert.equal(holdsWanted(bytesOf(`${fileWith("v3", 0)}replicas: 2\n`), stage), true);
    assert.equal(holdsWanted(bytesOf(`${fileWith("v3", 0)}replicas: 1\n`), stage), false);
    assert.equal(holdsWanted(bytesOf(`${fileWith("v2", 0)}replicas: 2\n`), stage), false);
  });

  for (const [what, text] of Object.entries(unreadable)) {
    it(`is not so of ${what}`, () => {
      const request = requestOf("stage", { intent: { action: "stage", version: "v3", sets: [] } });
      assert.equal(holdsWanted(bytesOf(text), request), false);
    });
  }

  it("is not so of bytes that are no text", () => {
    assert.equal(holdsWanted(Uint8Array.of(0xff, 0xfe), promote), false);
  });

  it("does not take a fault of ours for a file that cannot be read", () => {
    const faulty = {
      ...location,
      get percentPath(): string {
        throw new RangeError("a fault of ours");
      },
    };
    const look = () => holdsWanted(bytesOf(fileWith("v2", 100)), { ...promote, location: faulty });
    assert.throws(look, RangeError);
  });
});

describe("what the target branch holds while a pull request is open", () => {
  const seen: ConfigValues = { percent: "0", version: "v2" };

  async function valuesIn(text: string | null, before: ConfigValues = seen) {
    const git = createGit({ [location.path]: fileWith("v2", 0) });
    git.commit({ files: { [location.path]: text } });
    return targetValues(await git.fetch(), promote, before);
  }

  it("is as before, whatever else is edited in the file", async () => {
    assert.equal(await valuesIn(fileWith("v2", 0)), "before");
    assert.equal(await valuesIn(fileWith("v2", 0).replace("update this", "careful")), "before");
    assert.equal(await valuesIn(fileWith("v2", "'0'")), "before");
  });

  it("is wanted where somebody put our values there", async () => {
    assert.equal(await valuesIn(fileWith("v2", 100)), "wanted");
  });

  it("is somebody else's decision where they changed the percent or the version", async () => {
    assert.equal(await valuesIn(fileWith("v2", 20)), "other");
    assert.equal(await valuesIn(fileWith("v3", 0)), "other");
  });

  for (const [what, text] of Object.entries(unreadable)) {
    it(`is somebody else's decision where they left ${what}`, async () => {
      assert.equal(await valuesIn(text), "other");
    });
  }

  it("is somebody else's decision where they deleted the file, even one that said nothing of ours", async () => {
    const silent: ConfigValues = { percent: undefined, version: undefined };
    assert.equal(await valuesIn("name: jukebox\n", silent), "before");
    assert.equal(await valuesIn(null, silent), "other");
  });
});
