// Brings README's table of outcomes up to date with the catalogue. Usage: node --import tsx scripts/readme.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { withOutcomeTable } from "../src/report/catalogue.ts";

const file = new URL("../README.md", import.meta.url);
const text = withOutcomeTable(readFileSync(file, "utf8"));
if (text === undefined)
  throw new Error("README.md lacks the markers <!-- outcomes --> and <!-- /outcomes -->");
writeFileSync(file, text);
