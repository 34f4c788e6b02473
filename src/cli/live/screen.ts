/** The part of a terminal that is drawn again and again, below lines that stay. */
import { cut, type Line, render } from "./line.ts";
import { cursor, repaint } from "./paint.ts";

export interface Terminal {
  write(text: string): void;
  /** How many columns and rows it has now. */
  size(): { readonly columns: number; readonly rows: number };
  /** Calls back after its size has changed, until what is returned is called. */
  onResize(listener: () => void): () => void;
  /** The same for the end of the process, however it comes. */
  onExit(listener: () => void): () => void;
}

export interface Screen {
  /** Draws these lines in the place of the last ones. */
  show(lines: readonly Line[]): void;
  /** Writes text that stays, above what is drawn; whole lines. */
  print(text: string): void;
  /** Leaves the last lines where they are, or takes them away, and gives the cursor back. */
  close(end: "keep" | "erase"): void;
}

export function openScreen(terminal: Terminal, coloured: boolean): Screen {
  let wanted: readonly Line[] = [];
  let painted: readonly string[] = [];
  let open = false;
  let forget = () => {};

  function frame(): readonly string[] {
    const { columns, rows } = terminal.size();
    // One row is the cursor's; what has left the screen at its top cannot be reached any more.
    return wanted.slice(0, Math.max(rows - 1, 1)).map((line) => render(cut(line, columns), coloured));
  }

  function draw(above = ""): void {
    const next = frame();
    terminal.write(repaint(painted, next, above));
    painted = next;
  }

  function begin(): void {
    if (open) return;
    open = true;
    terminal.write(cursor.hide);
    const forgetSize = terminal.onResize(() => {
      // A narrower terminal has broken the lines anew: nobody knows where they are. What is there stays.
      painted = [];
      draw();
    });
    const forgetExit = terminal.onExit(() => terminal.write(cursor.show));
    forget = () => {
      forgetSize();
      forgetExit();
    };
  }

  return {
    show(lines) {
      begin();
      wanted = lines;
      draw();
    },
    print(text) {
      if (open) draw(text);
      else terminal.write(text);
    },
    close(end) {
      if (!open) return;
      if (end === "erase") {
        wanted = [];
        draw();
      }
      open = false;
      wanted = [];
      painted = [];
      forget();
      terminal.write(cursor.show);
    },
  };
}
