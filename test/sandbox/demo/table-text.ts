import type { Json, KubeObject } from "../cluster/objects.ts";
import { toTable } from "../cluster/table.ts";

/** As `oc get isvc` prints it, without the URL so that it fits on 100 columns. */
export function isvcTable(service: KubeObject, nowMs: number): string {
  const table: Json = toTable("InferenceService.serving.kserve.io", [service], nowMs);
  const shown = table.columnDefinitions.map((column: Json) => column.name !== "URL" && column.priority === 0);
  const pick = (cells: readonly Json[]): string[] =>
    cells.filter((_, at) => shown[at]).map((cell) => `${cell ?? ""}`);
  const lines: string[][] = [
    pick(table.columnDefinitions.map((column: Json) => column.name.toUpperCase())),
    ...table.rows.map((row: Json) => pick(row.cells)),
  ];
  const widths = (lines[0] ?? []).map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd((widths[at] ?? 0) + 3))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}
