/** A terminal that keeps what is shown on it: xterm.js without a window. */
import xterm from "@xterm/headless";
import { cursor } from "../../../src/cli/live/paint.ts";
import type { Terminal } from "../../../src/cli/live/screen.ts";

export interface Emulator extends Terminal {
  /** Every piece that was written, in order. */
  readonly written: readonly string[];
  /** The lines shown and those scrolled off, without empty ones at the end. */
  lines(): Promise<readonly string[]>;
  isCursorHidden(): boolean;
  resize(columns: number, rows: number): void;
  exit(): void;
}

export function createEmulator(columns = 80, rows = 24): Emulator {
  // Line feeds of a program return the carriage, as a terminal's driver has it (onlcr).
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 1_000,
    convertEol: true,
    allowProposedApi: true,
  });
  const written: string[] = [];
  const listeners = { resize: new Set<() => void>(), exit: new Set<() => void>() };
  let hidden = false;

  function listen(to: Set<() => void>, listener: () => void): () => void {
    to.add(listener);
    return () => to.delete(listener);
  }
  return {
    written,
    write(text) {
      written.push(text);
      if (text.includes(cursor.hide) || text.includes(cursor.show))
        hidden = text.lastIndexOf(cursor.hide) > text.lastIndexOf(cursor.show);
      terminal.write(text);
    },
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    onResize: (listener) => listen(listeners.resize, listener),
    onExit: (listener) => listen(listeners.exit, listener),
    isCursorHidden: () => hidden,
    resize(newColumns, newRows) {
      terminal.resize(newColumns, newRows);
      for (const listener of listeners.resize) listener();
    },
    exit() {
      for (const listener of listeners.exit) listener();
    },
    async lines() {
      // It parses what is written in its own time, and calls back when it has.
      await new Promise<void>((resolve) => terminal.write("", resolve));
      const { active } = terminal.buffer;
      const all = Array.from({ length: active.length }, (_, at) =>
        active.getLine(at)?.translateToString(true),
      );
      const last = all.findLastIndex((line) => line !== "");
      return all.slice(0, last + 1).map((line) => line ?? "");
    },
  };
}

/** What a terminal of this size shows of a program's whole output. */
export function shownOf(output: string, columns = 80, rows = 24): Promise<readonly string[]> {
  const emulator = createEmulator(columns, rows);
  emulator.write(output);
  return emulator.lines();
}
