/** The text of docs/dependencies.md: every package that is passed on, with its licence and the reason it is there. */
import { resolve } from "node:path";
import type { Bundle } from "./bundle.ts";
import { type BundledPackage, packageFolder } from "./packages.ts";
import { reasons } from "./reasons.ts";

export interface Passed {
  readonly bundle: Pick<Bundle, "metafile">;
  /** With code in the bundle. */
  readonly inside: readonly BundledPackage[];
  /** As files of their own. */
  readonly beside: readonly BundledPackage[];
  /** Names in package.json's `dependencies`. */
  readonly direct: readonly string[];
}

/** @throws Error for a direct dependency without a reason, a reason without one, and a package that nothing imports */
export function dependenciesDocument({ bundle, inside, beside, direct }: Passed): string {
  const chosen = [...inside, ...beside].filter(({ name, folder }) => direct.includes(name) && isOurs(folder));
  const wrong = [
    ...direct
      .filter((name) => !chosen.some((each) => each.name === name))
      .map((name) => `${name}: not in what is built`),
    ...direct.filter((name) => reasons[name] === undefined).map((name) => `${name}: no reason`),
    ...Object.keys(reasons)
      .filter((name) => !direct.includes(name))
      .map((name) => `${name}: a reason, but no dependency`),
  ];
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  const importers = importersIn(bundle);
  const others = inside.filter((each) => !chosen.includes(each));
  return [
    "# Dependencies",
    "",
    `What is passed on to users: ${inside.length} packages with code in the program's files, and ${beside.length} beside them. Written by \`npm run readme\` from what the`,
    "build reads; a test holds it against that. Why each was chosen stands in `scripts/build/reasons.ts`. The build lets no other licence in",
    "(`scripts/build/licences.ts`), puts every licence's text beside the bundle, and lists the same packages in the bill of materials.",
    "",
    "## Chosen",
    "",
    ...table(
      ["package", "version", "licence", "why"],
      direct.flatMap((name) =>
        chosen.filter((each) => each.name === name).map((each) => [...cells(each), reasons[name] ?? ""]),
      ),
    ),
    "",
    "## Brought along",
    "",
    ...table(
      ["package", "version", "licence", "imported by"],
      others.map((each) => [...cells(each), importersOf(each, importers).join(", ")]),
    ),
    "",
  ].join("\n");
}

/** What our own code imports; below another package lies the version that this one wants. */
function isOurs(folder: string): boolean {
  return folder.split("/node_modules/").length === 2;
}

function cells({ name, version, licence }: BundledPackage): readonly string[] {
  return [`\`${name}\``, version, licence];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
}

/** A package's folder → the names of the packages that import from it. */
function importersIn({ metafile }: Pick<Bundle, "metafile">): ReadonlyMap<string, ReadonlySet<string>> {
  const importers = new Map<string, Set<string>>();
  for (const [path, { imports }] of Object.entries(metafile.inputs)) {
    const from = packageFolder(resolve(path));
    for (const { path: target, external } of imports) {
      const to = external ? undefined : packageFolder(resolve(target));
      if (from === undefined || to === undefined || from === to) continue;
      const known = importers.get(to) ?? new Set();
      importers.set(to, known.add(from.replace(/^.*\/node_modules\//, "")));
    }
  }
  return importers;
}

function importersOf(
  { name, folder }: BundledPackage,
  importers: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  const found = importers.get(folder);
  if (found === undefined) throw new Error(`${name}: nothing imports it`);
  return [...found].sort();
}
