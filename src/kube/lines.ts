import type { Readable } from "node:stream";
import { Failure } from "../errors/failure.ts";

export interface LineLimits {
  /** Milliseconds without any byte after which the stream counts as dead. */
  readonly silenceMs: number;
  /** Upper bound for one line, in characters. */
  readonly maxLength: number;
}

/**
 * The lines of a stream until it ends; destroys it when the reader leaves. Throws Failure CLUSTER_UNREACHABLE for
 * silence, for a line that is too long, and for an end in the middle of a line (client-node's Watch passes over that).
 */
export async function* readLines(stream: Readable, limits: LineLimits): AsyncGenerator<string, void, void> {
  const silent = new Failure("CLUSTER_UNREACHABLE", `the watch was silent for ${limits.silenceMs / 1000} s`);
  const timer = setTimeout(() => stream.destroy(silent), limits.silenceMs);
  let rest = "";
  try {
    stream.setEncoding("utf8");
    for await (const part of stream as AsyncIterable<string>) {
      timer.refresh();
      const lines = (rest + part).split("\n");
      rest = lines.pop() ?? "";
      if ([...lines, rest].some((line) => line.length > limits.maxLength)) {
        throw new Failure("CLUSTER_UNREACHABLE", "the watch sent a line that is too long");
      }
      yield* lines.filter((line) => line !== "");
    }
    if (rest !== "") throw new Failure("CLUSTER_UNREACHABLE", "the watch ended in the middle of a line");
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}
