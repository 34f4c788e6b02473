/** Where a run writes. With `--output json` stdout holds one document and nothing else; all text goes to stderr. */
import { plain } from "../core/text.ts";
import type { Log } from "../ports.ts";
import { colour } from "./live/colour.ts";
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
  // Whoever wrote the text should have made it printable; that nobody forgot is seen to here.
  const line = (text: string) => streams[target](`${coloured ? colour(plain(text)) : plain(text)}\n`);
  return {
    log: {
      info: line,
      warn: (message) => line(`Warning: ${message}`),
      debug: (message) => {
        if (verbose) for (const each of message.split("\n")) line(`  ${each}`);
      },
    },
    report(lines, json) {
      if (output === "json") streams.out(`${escaped(JSON.stringify(json, null, 2))}\n`);
      // Also beside JSON: the last lines of a log are what the OpenShift console shows of a step that failed.
      for (const text of lines) line(text);
    },
    reportNext(lines, json) {
      if (output === "json") streams.out(`${escaped(JSON.stringify(json))}\n`);
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

/** JSON's own escapes end at U+001F; terminals obey characters beyond it. */
function escaped(json: string): string {
  return json.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charCodeAt(at))}`).join(""),
  );
}

function hex(unit: number): string {
  return unit.toString(16).padStart(4, "0");
}
