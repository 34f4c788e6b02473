/** Runs the program as a user would: argv and environment in, text and exit code out. */
import { run } from "../../src/cli/run.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

export interface Ended {
  readonly code: number;
  /** Everything that was printed, both streams in order. */
  readonly text: string;
  /** stdout alone. */
  readonly out: string;
}

export async function program(
  sandbox: Sandbox,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Ended> {
  let text = "";
  let out = "";
  const code = await run({
    argv,
    env: {
      ...sandbox.env,
      BLUEGREEN_SETTLE_TIME: "1s",
      BLUEGREEN_VERIFY_INTERVAL: "500ms",
      BLUEGREEN_VERIFY_TIMEOUT: "20s",
      BLUEGREEN_TIMEOUT: "30s",
      ...env,
    },
    streams: {
      out: (part) => {
        text += part;
        out += part;
      },
      err: (part) => {
        text += part;
      },
    },
    version: "test",
    signal,
  });
  return { code, text, out };
}

/** Percent by revision number as the proxies really send it: `1:80 2:20`. */
export function splitText(split: readonly { readonly revision: string; readonly percent: number }[]): string {
  return split
    .map(({ revision, percent }) => `${Number(revision.slice(-5))}:${percent}`)
    .sort()
    .join(" ");
}
