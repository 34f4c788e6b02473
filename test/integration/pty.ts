/** Runs the program on a real pseudo-terminal, which `script` of util-linux opens. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

export function hasPty(): boolean {
  return spawnSync("script", ["--version"]).status === 0;
}

export interface OnTerminal {
  /** All that the terminal was sent so far. */
  readonly output: string;
  /** Resolves as soon as the output holds this. */
  shows(pattern: RegExp): Promise<void>;
  /** What somebody types: `\u0003` is Ctrl-C. */
  type(text: string): void;
  ended: Promise<number>;
  kill(): void;
}

/** `bundle`: path of the program in one file; it starts many times faster than its sources do. */
export function onTerminal(bundle: string, argv: readonly string[], env: NodeJS.ProcessEnv): OnTerminal {
  // No argument of the tests holds what a shell reads otherwise. Its size is unknown without a terminal around it.
  const command = `stty cols 80 rows 24; exec ${process.execPath} ${bundle} ${argv.join(" ")}`;
  const child: ChildProcess = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      TERM: "xterm-256color",
      SHELL: "/bin/sh",
      ...env,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = once(child, "close").then(([code]) => code as number);
  return {
    get output() {
      return output;
    },
    async shows(pattern) {
      while (!pattern.test(output)) {
        const more = once(child.stdout as NodeJS.ReadableStream, "data").then(() => true);
        if (!(await Promise.race([more, ended.then(() => false)]))) break;
      }
      if (!pattern.test(output)) throw new Error(`${pattern} was never shown:\n${output}`);
    },
    type: (text) => void child.stdin?.write(text),
    ended,
    kill: () => void child.kill("SIGKILL"),
  };
}
