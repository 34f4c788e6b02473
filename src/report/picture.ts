/**
 * Draws requests per second by pod as SVG. The only file that knows the plotting library: it becomes a bundle of its
 * own (scripts/build), so that a step without a report does not load it.
 */
import { LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Colour } from "../core/colours.ts";

export interface Picture {
  /** Pixels; the SVG scales. */
  readonly width: number;
  readonly height: number;
  /** Milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly lines: readonly PictureLine[];
  readonly marks: readonly Mark[];
}

export interface PictureLine {
  readonly colour: Colour;
  /** How many lines of its colour come before it: they differ in their dashes. */
  readonly rank: number;
  /** Requests per second at each of the times; null is a gap. */
  readonly values: readonly (number | null)[];
}

/** A moment worth a vertical line. The label stands beside it: our own word, never text from outside. */
export interface Mark {
  readonly at: number;
  readonly label: "commit" | "cut-over" | "rollback";
}

use([LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** Shapes differ, too: colour alone must not tell them apart. */
const symbols: Readonly<Record<Colour, string>> = { blue: "circle", green: "triangle", other: "rect" };
const dashes: readonly ("solid" | readonly number[])[] = ["solid", [7, 4], [2, 3], [10, 3, 2, 3]];

/** One `<svg>` whose colours are the page's custom properties (`--blue`, `--green`, `--other`, `--ink`, `--line`). */
export function drawPicture(picture: Picture): string {
  const { width, height } = picture;
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(optionOf(picture));
    return plain(chart.renderToSVGString({ useViewBox: true }));
  } finally {
    chart.dispose();
  }
}

function optionOf({ width, times, lines, marks }: Picture): EChartsCoreOption {
  const text = { color: "var(--soft)", fontSize: 12 };
  const narrow = width < 600;
  return {
    animation: false,
    useUTC: true,
    grid: { left: narrow ? 34 : 44, right: narrow ? 14 : 22, top: 34, bottom: 30 },
    xAxis: {
      type: "time",
      min: times[0],
      max: times.at(-1),
      splitNumber: narrow ? 3 : 7,
      axisLine: { lineStyle: { color: "var(--soft)" } },
      axisTick: { lineStyle: { color: "var(--soft)" } },
      axisLabel: { ...text, hideOverlap: true, formatter: clock },
    },
    yAxis: {
      type: "value",
      min: 0,
      name: "requests/s",
      nameTextStyle: { ...text, align: "left", padding: [0, 0, 0, narrow ? -30 : -40] },
      axisLabel: text,
      splitLine: { lineStyle: { color: "var(--line)" } },
    },
    series: [...lines.map((line) => seriesOf(line, times)), marksOf(marks)],
  };
}

function seriesOf({ colour, rank, values }: PictureLine, times: readonly number[]): object {
  const color = `var(--${colour})`;
  return {
    type: "line",
    silent: true,
    symbol: symbols[colour],
    symbolSize: 7,
    showAllSymbol: "auto",
    itemStyle: { color },
    lineStyle: { color, width: 2.5, type: dashes[rank % dashes.length] },
    areaStyle: { color, opacity: 0.1 },
    data: times.map((time, index) => [time, values[index] ?? null]),
  };
}

/** A line without points carries them, so that they do not depend on which pods there are. */
function marksOf(marks: readonly Mark[]): object {
  return {
    type: "line",
    silent: true,
    data: [],
    markLine: {
      silent: true,
      symbol: "none",
      animation: false,
      data: marks.map(({ at, label }) => ({
        xAxis: at,
        lineStyle: {
          color: "var(--ink)",
          width: label === "commit" ? 1 : 2,
          type: label === "commit" ? [2, 3] : "solid",
        },
        label: {
          formatter: label,
          color: "var(--ink)",
          fontSize: 12,
          // To the left of the commit and to the right of what follows it: they can be a second apart.
          align: label === "commit" ? "right" : "left",
        },
      })),
    },
  };
}

function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 19);
}

/**
 * The page's policy allows neither style attributes nor style elements of others; its own sheet sets the font. What
 * else is taken out is for a chart that can be pointed at.
 */
function plain(svg: string): string {
  return svg
    .replace(/<style\b.*?<\/style>/gs, "")
    .replace(/ (?:style|class|pointer-events|ecmeta_\w+)="[^"]*"/g, "")
    .trim();
}
