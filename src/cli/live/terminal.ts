/** What a process writes to, and what of it can be drawn on. */
import type { WriteStream } from "node:tty";
import type { Streams } from "../console.ts";
import type { Environment } from "../resolve.ts";
import type { Screen, Terminal } from "./screen.ts";

export function streamsOf(out: WriteStream, err: WriteStream, env: Environment): Streams {
  let shared: Screen | undefined;
  const write = (stream: WriteStream) => (text: string) => {
    // A stream that is no terminal is none that anything is drawn on.
    if (shared !== undefined && stream.isTTY) shared.print(text);
    else stream.write(text);
  };
  return {
    out: write(out),
    err: write(err),
    coloured: { out: wantsColour(env, out.isTTY), err: wantsColour(env, err.isTTY) },
    terminals: {
      out: terminalOf(out, env),
      err: terminalOf(err, env),
      share: (screen) => {
        shared = screen;
      },
    },
  };
}

/** Undefined where there is none (a pipe, a log), or one that cannot move its cursor. */
function terminalOf(stream: WriteStream, env: Environment): Terminal | undefined {
  if (!stream.isTTY || env["TERM"] === "dumb") return undefined;
  return {
    write: (text) => {
      if (text !== "") stream.write(text);
    },
    // A terminal that does not tell says 0.
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
    onResize(listener) {
      stream.on("resize", listener);
      return () => stream.off("resize", listener);
    },
    onExit(listener) {
      process.once("exit", listener);
      return () => process.off("exit", listener);
    },
  };
}

/**
 * Whether text is coloured: FORCE_COLOR goes before NO_COLOR, as Node has it, and both before what the stream is.
 * See https://no-color.org and https://force-color.org.
 */
export function wantsColour(env: Environment, isTerminal: boolean): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return isTerminal && env["TERM"] !== "dumb";
}
