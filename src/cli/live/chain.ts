/** The chain of one run as lines of a terminal. Pure: what is shown follows from the view and the time. */
import type { StepName } from "../commands.ts";
import type { Line, Piece, Style } from "./line.ts";

export interface LinkView {
  readonly name: StepName;
  readonly state: "pending" | "running" | "done" | "failed";
  /** Milliseconds since the epoch. */
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  /** What came of it. */
  readonly summary?: string | undefined;
  /** What is awaited, by model; under "" where there is only one. */
  readonly evidence: ReadonlyMap<string, string>;
}

export interface ChainView {
  readonly title: string;
  readonly links: readonly LinkView[];
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Milliseconds that one picture of the spinner stays. */
export const frameMs = 100;

export function chainLines({ title, links }: ChainView, now: number): readonly Line[] {
  const width = Math.max(...links.map(({ name }) => name.length));
  return [[{ text: title, style: "bold" }], ...links.flatMap((link) => linkLines(link, width, now))];
}

function linkLines(link: LinkView, width: number, now: number): readonly Line[] {
  const { name, state, summary, evidence } = link;
  const [sole, ...more] = [...evidence];
  const named = state === "running" && (more.length > 0 || (sole !== undefined && sole[0] !== ""));
  const text = state === "running" ? (named ? "" : (sole?.[1] ?? "")) : (summary ?? "");
  const head: Line = [
    { text: "  " },
    mark(link, now),
    { text: ` ${name.padEnd(width)}  ` },
    { text: elapsed(link, now).padStart(7), style: "dim" },
    { text: text === "" ? "" : `  ${text}` },
  ];
  if (!named) return [head];
  return [head, ...[...evidence].map(([model, each]): Line => [{ text: `      ${model}: ${each}` }])];
}

const marks = {
  pending: { text: " " },
  done: { text: "✔", style: "green" },
  failed: { text: "✖", style: "red" },
} as const satisfies Record<string, { text: string; style?: Style }>;

function mark({ state }: LinkView, now: number): Piece {
  if (state !== "running") return marks[state];
  return { text: spinner[Math.floor(now / frameMs) % spinner.length] ?? "", style: "cyan" };
}

/** Of a link that runs whole seconds only: figures that run help nobody. */
function elapsed({ state, startedAt, endedAt }: LinkView, now: number): string {
  if (startedAt === undefined) return "";
  const ms = Math.max((endedAt ?? now) - startedAt, 0);
  const seconds = Math.floor(ms / 1000);
  if (seconds >= 60) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
  return state === "running" ? `${seconds} s` : `${(ms / 1000).toFixed(1)} s`;
}
