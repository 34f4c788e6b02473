import assert from "node:assert/strict";
import type { BundledPackage } from "../../scripts/build/packages.ts";
import { bundleSbom, npmSbom, type Sbom } from "../../scripts/build/sbom.ts";

const whole: Sbom = {
  serialNumber: "urn:uuid:00000000-0000-0000-0000-000000000000",
  metadata: {
    timestamp: "2026-01-01T00:00:00.000Z",
    lifecycles: [{ phase: "pre-build" }],
    component: { "bom-ref": "program@1.0.0", name: "a-folder" },
  },
  components: [
    { "bom-ref": "used@1.0.0", properties: [{ name: "cdx:npm:package:development", value: "true" }] },
    { "bom-ref": "used@2.0.0" },
    { "bom-ref": "unused@1.0.0" },
  ],
  dependencies: [
    { ref: "program@1.0.0", dependsOn: ["used@1.0.0", "unused@1.0.0"] },
    { ref: "used@1.0.0", dependsOn: [] },
    { ref: "used@2.0.0", dependsOn: [] },
    { ref: "unused@1.0.0", dependsOn: ["used@2.0.0"] },
  ],
};

function used(version: string): BundledPackage {
  return { name: "used", version, licence: "MIT", folder: "" };
}

function sbom(packages: readonly BundledPackage[], code = "code", epoch?: string): Sbom {
  return bundleSbom(whole, "program", packages, Buffer.from(code), epoch);
}

describe("bill of materials", () => {
  it("names what is in the bundle, and nothing else", () => {
    const { components, dependencies, metadata } = sbom([used("1.0.0")]);
    assert.deepEqual(components, [{ "bom-ref": "used@1.0.0", properties: [] }]);
    assert.deepEqual(dependencies, [
      { ref: "program@1.0.0", dependsOn: ["used@1.0.0"] },
      { ref: "used@1.0.0", dependsOn: [] },
    ]);
    assert.equal(metadata.component.name, "program");
    assert.deepEqual(metadata.lifecycles, [{ phase: "build" }]);
  });

  it("bears the checksum of the bundle", () => {
    // echo -n code | sha256sum
    const content = "5694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b";
    assert.deepEqual(sbom([]).metadata.component.hashes, [{ alg: "SHA-256", content }]);
  });

  it("is the same for the same input, and has another number for another", () => {
    const one = sbom([used("1.0.0")]);
    assert.deepEqual(one, sbom([used("1.0.0")]));
    assert.match(
      one.serialNumber ?? "",
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    for (const other of [
      sbom([used("2.0.0")]),
      sbom([used("1.0.0")], "changed"),
      sbom([used("1.0.0")], "code", "1"),
    ]) {
      assert.notEqual(other.serialNumber, one.serialNumber);
    }
  });

  it("has a time only where one is given", () => {
    assert.equal(sbom([]).metadata.timestamp, undefined);
    assert.equal(sbom([], "code", "1791306535").metadata.timestamp, "2026-10-06T17:08:55.000Z");
  });

  it("refuses a package that the lock file does not hold in this version", () => {
    assert.throws(() => sbom([used("1.0.0"), used("3.0.0")]), /not in package-lock\.json: used@3\.0\.0$/);
  });

  // npm's --omit dev leaves out what a development tool needs too: yargs is needed by c8 and by us.
  it("knows of packages that development tools need as well", async () => {
    const refs = (await npmSbom()).components.map((each) => each["bom-ref"]);
    assert.ok(refs.some((ref) => ref.startsWith("yargs@")));
  });
});
