/** The tables of the Task's README, made from the Task itself. */
import { parse } from "yaml";

interface Item {
  readonly name: string;
  readonly description: string;
  readonly default?: string;
}

interface Task {
  readonly spec: Readonly<Record<"params" | "workspaces" | "results", readonly Item[]>>;
}

/** The README's text with each table between its markers brought up to date. Throws Error for a missing marker. */
export function withTaskTables(readme: string, taskYaml: string): string {
  const { spec } = parse(taskYaml) as Task;
  const tables = {
    params: table(["param", "default", "description"], spec.params, (item) => [
      item.default === undefined ? "required" : code(item.default),
    ]),
    workspaces: table(["workspace", "description"], spec.workspaces, () => []),
    results: table(["result", "description"], spec.results, () => []),
  };
  return Object.entries(tables).reduce((text, [name, lines]) => {
    const markers = new RegExp(`(<!-- ${name} -->\n).*?(<!-- /${name} -->)`, "s");
    if (!markers.test(text)) throw new Error(`the README lacks the markers of ${name}`);
    return text.replace(markers, (_, open: string, close: string) => `${open}${lines}\n${close}`);
  }, readme);
}

function table(
  heads: readonly string[],
  items: readonly Item[],
  middle: (item: Item) => readonly string[],
): string {
  const rows = items.map((item) => [`\`${item.name}\``, ...middle(item), cell(item.description)]);
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
