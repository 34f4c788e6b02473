import type { WriteStream } from "node:tty";
import type { Environment } from "../resolve.ts";
import type { Terminal } from "./screen.ts";

/** Undefined where there is none (a pipe, a log), or one that cannot move its cursor. */
export function terminalOf(stream: WriteStream, env: Environment): Terminal | undefined {
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
