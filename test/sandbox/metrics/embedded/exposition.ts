/** Prometheus' text exposition format, version 0.0.4, as far as model servers use it. */

export interface ExposedSample {
  /** With `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const label = /\s*([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

/** Throws where a line makes no sense, as Prometheus then takes nothing of the page. */
export function parseExposition(text: string): readonly ExposedSample[] {
  return text
    .split("\n")
    .map((each) => each.trim())
    .filter((each) => each !== "" && !each.startsWith("#"))
    .map(parseLine);
}

function parseLine(text: string): ExposedSample {
  const [, name, labels = "", value = ""] = line.exec(text) ?? [];
  if (name === undefined) throw new Error(`not in the exposition format: ${text}`);
  return { labels: { __name__: name, ...parseLabels(labels) }, value: parseNumber(value) };
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = 0; at < text.length; at = label.lastIndex) {
    label.lastIndex = at;
    const [, name, value] = label.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not labels: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
  }
  return labels;
}

/** A number as Prometheus writes it: `NaN`, `+Inf`, `1.5e3`. */
export function parseNumber(text: string): number {
  const value = Number(text.replace(/^([+-]?)Inf$/i, "$1Infinity"));
  if (Number.isNaN(value) && !/^NaN$/i.test(text)) throw new Error(`not a number: ${text}`);
  return value;
}
