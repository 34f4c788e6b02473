/** What the options say of probe requests. */
import { open } from "node:fs/promises";
import type { Action } from "../core/intent.ts";
import { longestPayload, readPayload } from "../core/probe/payload.ts";
import { printable } from "../core/text.ts";
import type { ProbeSettings } from "../steps/verify/probing.ts";
import type { Values } from "./options.ts";
import { configurationFailure, label, need } from "./resolve.ts";

/** Undefined: none are to be sent. Throws Failure INVALID_OPTION, also for a payload that cannot be read or used. */
export async function probeSettings(values: Values, action: Action): Promise<ProbeSettings | undefined> {
  const mode = need(values.probe, "probe");
  if (mode === "off") return undefined;
  const payload = await payloadOf(values);
  if (payload === undefined) {
    if (mode === "auto") return undefined;
    throw configurationFailure([
      `${label("probe-payload-file")} or ${label("probe-payload")} is required with ${label("probe")} always`,
    ]);
  }
  return {
    action,
    mode,
    payload,
    model: values["probe-model"],
    url: values["probe-url"],
    perSecond: need(values["probe-rate"], "probe-rate"),
    count: need(values["probe-count"], "probe-count"),
  };
}

async function payloadOf(values: Values): Promise<string | undefined> {
  const { "probe-payload": text, "probe-payload-file": path } = values;
  if (path === undefined) return text;
  const option = label("probe-payload-file");
  if (text !== undefined) {
    throw configurationFailure([`${option} and ${label("probe-payload")} cannot both be given`]);
  }
  const reading = readPayload(await readBounded(path, option));
  if (reading.kind === "payload") return reading.body;
  throw configurationFailure([`${option} ${printable(path, 200)} ${reading.problem}`]);
}

/** One byte more than is allowed is enough to see that it is too long, of a device as well. */
async function readBounded(path: string, option: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(longestPayload + 1);
      let length = 0;
      for (let more = 1; more > 0 && length < buffer.length; length += more) {
        more = (await file.read(buffer, length, buffer.length - length)).bytesRead;
      }
      return buffer.toString("utf8", 0, length);
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw configurationFailure([`${option} ${printable(path, 200)} cannot be read (${code})`]);
  }
}
