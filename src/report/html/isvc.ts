/** `oc get isvc` before and after, what changed marked. */
import { type IsvcRow, isvcColumns } from "../../core/isvc.ts";
import { html, type Markup } from "./markup.ts";
import { type Cell, card, table } from "./parts.ts";

export interface BeforeAndAfter {
  readonly before?: IsvcRow | undefined;
  readonly after?: IsvcRow | undefined;
}

export function isvc({ before, after }: BeforeAndAfter): Markup | undefined {
  if (before === undefined && after === undefined) return undefined;
  const rows = [
    ["before", before, undefined],
    ["after", after, before],
  ] as const;
  const shown = rows.flatMap(([when, row, other]) =>
    row === undefined ? [] : [[{ content: when, look: "nowrap" }, ...cells(row, other)]],
  );
  return card(
    "The InferenceService before and after",
    table(
      "As oc get isvc prints it; what changed is marked",
      ["when", ...isvcColumns.map(([head]) => head)],
      shown,
    ),
  );
}

function cells(row: IsvcRow, other: IsvcRow | undefined): readonly Cell[] {
  return isvcColumns.map(([, key]) => {
    const value = row[key];
    const changed = other !== undefined && other[key] !== value;
    const text = value === undefined ? "" : String(value);
    const look = `${key === "url" ? "long" : "nowrap"}${changed ? " changed" : ""}`;
    return { content: changed ? html`<mark class="changed">${text || "–"}</mark>` : text, look };
  });
}
