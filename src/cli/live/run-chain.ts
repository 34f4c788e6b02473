/** Draws the chain of a run while it goes on: which link, for how long, and what is seen of it. */
import type { RunState } from "../../core/run-state.ts";
import { linkSummary } from "../../report/link.ts";
import { type StepName, stepNames } from "../commands.ts";
import type { Session } from "../session.ts";
import { chainLines, frameMs, type LinkView } from "./chain.ts";

export interface Chain {
  /**
   * Runs one link, which leaves its state in the session's `kept`. Its session has a log that knows where to show what
   * is awaited, and a report that takes the place of the drawing.
   */
  link<T>(name: StepName, work: (session: Session) => Promise<T>): Promise<T>;
  /** Leaves the chain on the terminal as it is; a link that still runs has failed. */
  close(): void;
}

/** `now`: milliseconds since the epoch. */
export async function openLiveChain(
  session: Session,
  title: string,
  openScreen: NonNullable<Session["openScreen"]>,
  now: () => number,
): Promise<Chain> {
  const screen = await openScreen();
  let links: readonly LinkView[] = stepNames.map((name) => ({ name, state: "pending", evidence: new Map() }));
  const draw = () => screen.show(chainLines({ title, links }, now()));
  let timer: NodeJS.Timeout | undefined = setInterval(draw, frameMs);

  function change(running: (link: LinkView) => Partial<LinkView>): void {
    if (timer === undefined) return;
    links = links.map((link) => (link.state === "running" ? { ...link, ...running(link) } : link));
    draw();
  }

  function end(): void {
    const { state } = session.kept;
    change(({ name }) => ({ endedAt: now(), ...endOf(name, state) }));
  }

  function close(): void {
    change(() => ({ state: "failed", endedAt: now() }));
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    screen.close("keep");
  }

  const shown: Session = {
    ...session,
    log: {
      ...session.log,
      waiting: (message, about = "") =>
        change(({ evidence }) => ({ evidence: new Map(evidence).set(about, message) })),
    },
    report(lines, json) {
      end();
      close();
      session.report(lines, json);
    },
  };
  return {
    async link(name, work) {
      links = links.map((link) =>
        link.name === name ? { ...link, state: "running", startedAt: now() } : link,
      );
      draw();
      const result = await work(shown);
      end();
      return result;
    },
    close,
  };
}

function endOf(name: StepName, state: RunState | undefined): Pick<LinkView, "state" | "summary"> {
  if (state === undefined) return { state: "failed" };
  const { ok, text } = linkSummary(name, state);
  return { state: ok ? "done" : "failed", summary: text };
}
