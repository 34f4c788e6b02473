/** What the lock file and the build promise of other people's code. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tekton/contract/documents.ts";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
}

const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(join(root, "package-lock.json"), "utf8"),
);
const packages = Object.entries(lock.packages).filter(([place]) => place !== "");

describe("other people's code", () => {
  it("is held to a checksum each, comes from the registry that is configured, and from nowhere else", () => {
    assert.ok(packages.length > 100);
    const loose = packages.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""));
    assert.deepEqual(
      loose.map(([place]) => place),
      [],
    );
    assert.deepEqual(
      packages.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place),
      [],
    );
  });

  it("runs nothing at its installation where it is passed on to users", () => {
    const scripts = packages.filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev);
    assert.deepEqual(
      scripts.map(([place]) => place),
      [],
    );
  });
});
