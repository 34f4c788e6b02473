/** Where a run writes. With `--output json` stdout holds one document and nothing else; all text goes to stderr. */
import type { Log } from "../ports.ts";
import type { Terminal } from "./live/screen.ts";

export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** Where the stream is a terminal that can be drawn on. */
  readonly terminals?: { readonly out?: Terminal | undefined; readonly err?: Terminal | undefined };
}

export interface Console {
  readonly log: Log;
  /** The end of the run: lines for people, or one JSON document. */
  report(lines: readonly string[], json: object): void;
  /** One of several reports: JSON takes one line, and nothing is written beside it. */
  reportNext(lines: readonly string[], json: object): void;
  /** The terminal that text goes to; absent where it goes anywhere else. */
  readonly terminal?: Terminal | undefined;
}

export function createConsole(streams: Streams, output: "text" | "json", verbose: boolean): Console {
  const line = output === "json" ? streams.err : streams.out;
  return {
    log: {
      info: (message) => line(`${message}\n`),
      warn: (message) => line(`Warning: ${message}\n`),
      debug: (message) => {
        if (verbose) line(`  ${message}\n`);
      },
    },
    report(lines, json) {
      if (output === "json") streams.out(`${JSON.stringify(json, null, 2)}\n`);
      // Also beside JSON: the last lines of a log are what the OpenShift console shows of a step that failed.
      for (const text of lines) line(`${text}\n`);
    },
    reportNext(lines, json) {
      if (output === "json") streams.out(`${JSON.stringify(json)}\n`);
      else for (const text of lines) line(`${text}\n`);
    },
    terminal: output === "json" ? streams.terminals?.err : streams.terminals?.out,
  };
}
