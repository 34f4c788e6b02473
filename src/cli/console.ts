/** Where a run writes. With `--output json` stdout holds one document and nothing else; all text goes to stderr. */
import type { Log } from "../ports.ts";
import type { Screen, Terminal } from "./live/screen.ts";

export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** Absent where neither stream is a terminal, and in tests. */
  readonly terminals?: Terminals | undefined;
  /** Colours in the text of these streams; none if absent. */
  readonly coloured?: { readonly out: boolean; readonly err: boolean } | undefined;
}

export interface Terminals {
  readonly out: Terminal | undefined;
  readonly err: Terminal | undefined;
  /** While a screen is open, text goes above what is drawn on it. */
  share(screen: Screen | undefined): void;
}

export interface Console {
  readonly log: Log;
  /** The end of the run: lines for people, or one JSON document. */
  report(lines: readonly string[], json: object): void;
  /** One of several reports: JSON takes one line, and nothing is written beside it. */
  reportNext(lines: readonly string[], json: object): void;
  /** Begins to draw on the terminal that text goes to; absent where it goes anywhere else. */
  readonly openScreen?: (() => Promise<Screen>) | undefined;
}

export function createConsole(streams: Streams, output: "text" | "json", verbose: boolean): Console {
  const target = output === "json" ? "err" : "out";
  const coloured = streams.coloured?.[target] ?? false;
  const line = (text: string) => streams[target](`${coloured ? colour(text) : text}\n`);
  return {
    log: {
      info: (message) => line(message),
      warn: (message) => line(`Warning: ${message}`),
      debug: (message) => {
        if (verbose) line(`  ${message}`);
      },
    },
    report(lines, json) {
      if (output === "json") streams.out(`${JSON.stringify(json, null, 2)}\n`);
      // Also beside JSON: the last lines of a log are what the OpenShift console shows of a step that failed.
      for (const text of lines) line(text);
    },
    reportNext(lines, json) {
      if (output === "json") streams.out(`${JSON.stringify(json)}\n`);
      else for (const text of lines) line(text);
    },
    openScreen: screenOn(streams, target, coloured),
  };
}

function screenOn({ terminals }: Streams, target: "out" | "err", coloured: boolean): Console["openScreen"] {
  const terminal = terminals?.[target];
  if (terminals === undefined || terminal === undefined) return undefined;
  return async () => {
    const { openScreen } = await import("./live/screen.ts");
    const screen = openScreen(terminal, coloured);
    terminals.share(screen);
    return {
      ...screen,
      close(end) {
        terminals.share(undefined);
        screen.close(end);
      },
    };
  };
}

const green = "\u001b[32m";
const yellow = "\u001b[33m";
const red = "\u001b[31m";

/** By the first word of a line: outcomes, warnings. */
const colours: Readonly<Record<string, string>> = {
  PASS: green,
  UNCHANGED: green,
  FAIL: red,
  ERROR: red,
  "CANCELLED:": red,
  REFUSED: yellow,
  Refused: yellow,
  INCONCLUSIVE: yellow,
  SUPERSEDED: yellow,
  "Warning:": yellow,
  Misleading: yellow,
};

/** Text is never wholly coloured: what matters is told by words, too. */
export function colour(text: string): string {
  return text.replace(/^( *)(\S+)/, (whole, indent: string, word: string) => {
    const start = Object.hasOwn(colours, word) ? colours[word] : undefined;
    return start === undefined ? whole : `${indent}${start}${word}\u001b[39m`;
  });
}
