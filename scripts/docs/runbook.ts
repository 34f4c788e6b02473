/** The runbook's entries: one per reason, its first paragraph made from the catalogue, the rest written by hand. */
import { exitCodes, type Reason, type ReasonId, reasons } from "../../src/errors/catalogue.ts";

/** What stands below an entry that nobody has written yet. */
export const unwritten = "To be written.";

/**
 * The page with the paragraph below each reason's heading (`### REASON`) brought up to date. A reason without an entry
 * gets one at the end.
 */
export function withReasons(page: string): string {
  const missing = missingReasons(page).map((id) => `\n### ${id}\n\n> \n\n${unwritten}\n`);
  return `${page}${missing.join("")}`.replace(
    /^(### ([A-Z_]+)\n\n)> .*\n/gm,
    (entry, heading: string, id: string) => (isReason(id) ? `${heading}${summaryOf(id)}\n` : entry),
  );
}

export function missingReasons(page: string): readonly ReasonId[] {
  return (Object.keys(reasons) as ReasonId[]).filter((id) => !page.includes(`\n### ${id}\n\n> `));
}

/** Reasons of whose entry nothing is written by hand, and headings that are no reasons. */
export function emptyEntries(page: string): readonly string[] {
  return page
    .split(/^### /m)
    .slice(1)
    .flatMap((entry) => {
      const [id = "", , , , own = ""] = entry.split("\n");
      return isReason(id) && own !== "" && own !== unwritten && !own.startsWith("#") ? [] : [id];
    });
}

function summaryOf(id: ReasonId): string {
  const { outcome, class: exitClass, retryable, what, why, next }: Reason = reasons[id];
  const again = retryable ? "The same command again may help." : "";
  return `> **${outcome}, exit code ${exitCodes[exitClass]}.** ${[`${what}.`, why, `Next: ${next}`, again].join(" ").trim()}`;
}

function isReason(id: string): id is ReasonId {
  return Object.hasOwn(reasons, id);
}
