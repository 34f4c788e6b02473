/** The catalogue of outcomes as a table for README.md. */
import { exitCodes, type Reason, reasons } from "../errors/catalogue.ts";

/** Markdown, by exit code; ends without a line break. */
export function outcomeTable(): string {
  const rows = Object.entries(reasons)
    .map(([id, reason]: [string, Reason]) => ({ id, ...reason, code: exitCodes[reason.class] }))
    .sort((one, other) => one.code - other.code)
    .map(({ id, outcome, what, code }) => `| ${code} | ${outcome} | \`${id}\` | ${what} |`);
  return ["| exit code | outcome | reason | what happened |", "|---|---|---|---|", ...rows].join("\n");
}

/** README's text with the table between its markers brought up to date; undefined where it has no markers. */
export function withOutcomeTable(readme: string): string | undefined {
  const markers = /(<!-- outcomes -->\n).*?(<!-- \/outcomes -->)/s;
  if (!markers.test(readme)) return undefined;
  return readme.replace(markers, (_, open: string, close: string) => `${open}${outcomeTable()}\n${close}`);
}
