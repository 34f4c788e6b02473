/** Software bill of materials: npm's own (CycloneDX), cut down to what is in the bundle. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import type { BundledPackage } from "./packages.ts";

/** The parts of CycloneDX 1.5 that are read or written here. */
export interface Sbom {
  serialNumber?: string;
  metadata: {
    timestamp?: string;
    lifecycles?: { phase: string }[];
    component: { "bom-ref": string; name: string; hashes?: { alg: string; content: string }[] };
    properties?: { name: string; value: string }[];
  };
  components: { "bom-ref": string; properties?: { name: string; value: string }[] }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/**
 * What npm knows of the whole tree. Not with `--omit dev`: that drops what a development tool needs as well, so yargs
 * and everything below it. From the lock file, since a linked node_modules folder confuses npm.
 */
export async function npmSbom(): Promise<Sbom> {
  const args = ["sbom", "--package-lock-only", "--sbom-type", "application", "--sbom-format", "cyclonedx"];
  const { stdout } = await promisify(execFile)("npm", args, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Sbom;
}

/**
 * The same for the bundle alone: the packages with code in it, and the bundle's own checksum. Equal input gives an
 * equal text, so that two builds of one commit can be compared: the serial number comes from the contents, and there
 * is a time only where SOURCE_DATE_EPOCH (seconds) sets it (reproducible-builds.org).
 *
 * @throws Error if a package of the bundle is not in npm's list, i.e. is not in the lock file in this version
 */
export function bundleSbom(
  whole: Sbom,
  name: string,
  packages: readonly BundledPackage[],
  bundle: Uint8Array,
  sourceDateEpoch: string | undefined,
): Sbom {
  const kept = new Set(packages.map((each) => `${each.name}@${each.version}`));
  const listed = new Set(whole.components.map((each) => each["bom-ref"]));
  const missing = [...kept].filter((ref) => !listed.has(ref));
  if (missing.length > 0) throw new Error(`not in package-lock.json: ${missing.join(", ")}`);
  const { timestamp: _, ...metadata } = whole.metadata;
  const root = metadata.component["bom-ref"];
  const { serialNumber: __, ...rest } = whole;
  const contents: Sbom = {
    ...rest,
    metadata: {
      ...metadata,
      ...(sourceDateEpoch && { timestamp: new Date(Number(sourceDateEpoch) * 1000).toISOString() }),
      lifecycles: [{ phase: "build" }],
      component: {
        ...metadata.component,
        // npm takes the folder's name.
        name,
        hashes: [{ alg: "SHA-256", content: createHash("sha256").update(bundle).digest("hex") }],
      },
      properties: [
        {
          name: "bluegreen:components",
          value: "the npm packages with code in the program's files; the image's RPM database lists the rest",
        },
      ],
    },
    components: whole.components
      .filter((each) => kept.has(each["bom-ref"]))
      // npm marks as development what a development tool needs as well.
      .map((each) => ({
        ...each,
        properties: each.properties?.filter((property) => property.name !== "cdx:npm:package:development"),
      })),
    dependencies: whole.dependencies
      .filter(({ ref }) => ref === root || kept.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) })),
  };
  return { ...contents, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(contents))}` };
}

/** UUID of version 8 (RFC 9562): the bits are the maker's own, here a checksum's. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
