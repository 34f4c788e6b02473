/** `npm run build`: the bundle, the licences of what is in it, and its bill of materials, into dist/. */
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import manifest from "../../package.json" with { type: "json" };
import { licencesBeside, packagesBeside } from "./beside.ts";
import { bundle } from "./bundle.ts";
import { thirdPartyLicences } from "./licences.ts";
import { bundledPackages } from "./packages.ts";
import { bundleSbom, npmSbom } from "./sbom.ts";

const outfile = "dist/bluegreen.mjs";

await rm("dist", { recursive: true, force: true });
await mkdir("dist");
const [built, whole] = await Promise.all([bundle(outfile), npmSbom()]);
const [packages, others] = await Promise.all([bundledPackages(built), packagesBeside()]);
const code = await readFile(outfile);
const licences = [
  await thirdPartyLicences(`${manifest.name} ${manifest.version}`, packages),
  await licencesBeside(others),
].join("\n");
const sbom = bundleSbom(
  whole,
  manifest.name,
  [...packages, ...others],
  code,
  process.env["SOURCE_DATE_EPOCH"],
);
await writeFile("dist/THIRD-PARTY-LICENSES.txt", licences);
await writeFile("dist/bluegreen.cdx.json", `${JSON.stringify(sbom, undefined, 2)}\n`);
const drawing = await stat("dist/picture.mjs");
const warnings = built.warnings > 0 ? `, ${built.warnings} warnings` : "";
console.log(
  `${outfile}: ${kib(code.length)}, picture.mjs: ${kib(drawing.size)}, ${packages.length} packages${warnings}`,
);

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}
