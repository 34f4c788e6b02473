/** What a server says it can do: the answer to `GET info/refs` (gitprotocol-http), in all versions of the protocol. */
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import { lineOf, type Packet, parseWhole, refusalIn } from "./pkt-line.ts";

export interface Advertisement {
  /** Version 1 is version 0 with its number in front. */
  readonly version: 0 | 2;
  /** Full name → commit id; version 2 lists none here. */
  readonly refs: ReadonlyMap<string, string>;
  /** Name → value, empty where it has none. */
  readonly capabilities: ReadonlyMap<string, string>;
}

/** Throws GIT_PROTOCOL where it is not the answer of `service`, or not all of it, or of a SHA-256 repository. */
export function parseAdvertisement(bytes: Buffer, service: string): Advertisement {
  const packets = withoutService(parseWhole(bytes), service);
  // The line about the service has a flush of its own, which is not the end.
  if (packets.length === 0) throw new Failure("GIT_PROTOCOL", "the answer has no end");
  const lines = packets.filter((packet) => typeof packet !== "string").map(lineOf);
  const refusal = packets.map(refusalIn).find((text) => text !== undefined);
  if (refusal !== undefined) throw new Failure("GIT_PROTOCOL", `the server says: ${refusal}`);
  const advertisement =
    lines[0] === "version 2"
      ? { version: 2 as const, refs: new Map(), capabilities: capabilitiesOf(lines.slice(1)) }
      : parseRefs(lines);
  refuseOtherIds(advertisement.capabilities);
  return advertisement;
}

/** Version 2 may leave the line out. */
function withoutService(packets: readonly Packet[], service: string): readonly Packet[] {
  const first = packets[0] === undefined ? "" : lineOf(packets[0]);
  if (!first.startsWith("# service=")) return packets;
  if (first !== `# service=${service}`)
    throw new Failure("GIT_PROTOCOL", `the answer is of ${printable(first, 100)} instead of ${service}`);
  return packets.slice(packets[1] === "flush" ? 2 : 1);
}

const refLine = /^([0-9a-f]{40}(?:[0-9a-f]{24})?) ([^\0]+)(?:\0(.*))?$/;

function parseRefs(lines: readonly string[]): Advertisement {
  const refs = new Map<string, string>();
  let capabilities: ReadonlyMap<string, string> = new Map();
  for (const line of lines) {
    const match = refLine.exec(line);
    if (match === null) {
      if (line === "version 1" || line.startsWith("shallow ")) continue;
      throw new Failure("GIT_PROTOCOL", `the list of branches holds "${printable(line, 100)}"`);
    }
    const [, id = "", name = "", offered] = match;
    if (offered !== undefined) capabilities = capabilitiesOf(offered.trim().split(/ +/));
    // An empty repository offers its capabilities under a name of this form.
    if (name !== "capabilities^{}") refs.set(name, id);
  }
  return { version: 0, refs, capabilities };
}

function capabilitiesOf(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.map((word) => {
      const [name = "", ...value] = word.split("=");
      return [name, value.join("=")];
    }),
  );
}

function refuseOtherIds(capabilities: ReadonlyMap<string, string>): void {
  const format = capabilities.get("object-format") ?? "sha1";
  if (format === "sha1") return;
  throw new Failure(
    "GIT_PROTOCOL",
    `the repository names its objects by ${printable(format, 20)}; only SHA-1 repositories are supported`,
  );
}
