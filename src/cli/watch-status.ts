/** `status --watch`: draws anew on a terminal; elsewhere a block, or a line of JSON, after each change. */
import type { World } from "../core/world.ts";
import type { Failure } from "../errors/failure.ts";
import type { GitSnapshot, Observation } from "../ports.ts";
import { statusAsJson } from "../report/status.ts";
import { merge } from "../steps/await/merge.ts";
import type { ModelStatus, Told } from "../steps/status.ts";
import type { Line } from "./live/line.ts";
import type { Screen } from "./live/screen.ts";
import type { Session } from "./session.ts";
import { blocksOf, type Glance, type StatusLook, troubleLine, unasked } from "./status-look.ts";

/** Milliseconds between looks at what cannot be watched: Prometheus and the branch's head. */
const lookMs = 5_000;

type Event =
  | { readonly kind: "world"; readonly index: number; readonly seen: Observation<World> }
  | { readonly kind: "glance"; readonly glance: Glance };

/** What is known of one model's world. */
interface Sight {
  readonly world?: World;
  /** Set while the API does not answer. */
  readonly trouble?: Failure | undefined;
}

interface Watch {
  readonly look: StatusLook;
  readonly sights: Sight[];
  /** Ends the pause before the next glance. */
  poke: () => void;
}

/** Returns when `signal` of the session is aborted. Throws what no waiting mends. */
export async function watchStatus(session: Session, look: StatusLook): Promise<void> {
  const { signal, values, openScreen } = session;
  const screen = values.output === "json" ? undefined : await openScreen?.();
  const show = createShow(session, screen, look.ports.clock.now);
  const watch: Watch = { look, sights: look.requests.map(() => ({})), poke: () => {} };
  let glance: Glance | undefined;
  try {
    for await (const event of merge(await sources(watch, signal))) {
      if (event.kind === "glance") glance = event.glance;
      else takeIn(watch, event);
      const worlds = watch.sights.flatMap(({ world }) => world ?? []);
      if (signal.aborted || glance === undefined || worlds.length < watch.sights.length) continue;
      show(await look.at(worlds, glance), troubleLines(watch));
    }
  } finally {
    screen?.close("keep");
  }
}

async function sources(watch: Watch, signal: AbortSignal): Promise<readonly AsyncIterable<Event>[]> {
  const { ports, requests } = watch.look;
  const cluster = await ports.cluster();
  return [
    ...requests.map(({ service }, index) => numbered(index, cluster.watch(service, signal))),
    glances(watch, signal),
  ];
}

async function* numbered(index: number, items: AsyncIterable<Observation<World>>): AsyncGenerator<Event> {
  for await (const seen of items) yield { kind: "world", index, seen };
}

/** A source of its own: while Git or Prometheus is slow, the cluster's changes are shown all the same. */
async function* glances(watch: Watch, signal: AbortSignal): AsyncGenerator<Event> {
  const { look, sights } = watch;
  let snapshot = await look.snapshot();
  while (!signal.aborted) {
    const samples = await look.samples(sights.map(({ world }) => world));
    yield { kind: "glance", glance: { snapshot, samples } };
    const pause = new AbortController();
    watch.poke = () => pause.abort();
    await look.ports.clock.sleep(lookMs, AbortSignal.any([signal, pause.signal]));
    if (!signal.aborted) snapshot = await renewed(look, snapshot);
  }
}

/** Where the spec has changed, there may be a commit that did it. */
function takeIn({ sights, poke }: Watch, { index, seen }: Extract<Event, { kind: "world" }>): void {
  const before = sights[index];
  const now = seen.kind === "seen" ? { world: seen.value } : { ...before, trouble: seen.failure };
  sights[index] = now;
  const [one, other] = [before?.world?.service, now.world?.service];
  if (one?.specPercent !== other?.specPercent || one?.sourceUri !== other?.sourceUri) poke();
}

/** Fetched again only where the branch has moved, or where it could not be read before. */
async function renewed(look: StatusLook, snapshot: Told<GitSnapshot>): Promise<Told<GitSnapshot>> {
  if (snapshot.kind === "unasked") return snapshot;
  const head = await look.head();
  if (head.kind !== "told") return head;
  return snapshot.kind === "told" && snapshot.value.commit === head.value ? snapshot : look.snapshot();
}

function troubleLines({ look, sights }: Watch): readonly string[] {
  return look.requests.flatMap(({ service }, index) => {
    const trouble = sights[index]?.trouble;
    return trouble === undefined ? [] : [troubleLine(service, trouble)];
  });
}

function createShow(session: Session, screen: Screen | undefined, now: () => number) {
  let last: string | undefined;
  return (statuses: readonly ModelStatus[], troubles: readonly string[]): void => {
    const lines = [...troubles, ...blocksOf(statuses)];
    if (screen !== undefined) {
      screen.show(lines.map(statusLine));
      return;
    }
    // Rates differ at every look; a log in which nothing else is new helps nobody.
    const key = [...troubles, ...blocksOf(statuses.map((each) => ({ ...each, rates: unasked })))].join("\n");
    if (key === last) return;
    last = key;
    const at = new Date(now()).toISOString();
    session.reportNext([at, ...lines], { at, troubles, services: statuses.map(statusAsJson) });
  };
}

/** Colour where to look: at the headline, and at what misleads. */
function statusLine(text: string): Line {
  if (!text.startsWith(" ")) return [{ text, style: "bold" }];
  return [{ text, style: text.startsWith("  Misleading") ? "yellow" : undefined }];
}
