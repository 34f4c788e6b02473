/** The chain's links as people read them: what each did, when, and on what evidence. */
import { wantedPercent } from "../core/intent.ts";
import type { ModelRun, Trouble } from "../core/run-state.ts";
import { settlementOfModel } from "../core/settlement.ts";
import { exitCodes, reasons } from "../errors/catalogue.ts";
import { span } from "./times.ts";

export interface Link {
  readonly step: "mutate" | "await" | "verify" | "settle";
  /** What it has to show. */
  readonly title: string;
  /** `none`: it was not reached, or left nothing. */
  readonly state: "holds" | "broken" | "none";
  /** When it ended, in milliseconds since the epoch, and how long it took. */
  readonly at?: number | undefined;
  readonly tookMs?: number | undefined;
  /** Sentences, the most important first. */
  readonly evidence: readonly string[];
}

/** Of one model of the run. */
export function chainOf(model: ModelRun): readonly Link[] {
  return [mutateLink(model), awaitLink(model), verifyLink(model), settleLink(model)];
}

function mutateLink({ mutation, intent, git, startedAt }: ModelRun): Link {
  const { kind, commit } = mutation;
  const short = commit === undefined ? "" : ` ${commit.slice(0, 10)}`;
  const said = {
    committed: `Commit${short} on ${git.branch} sets ${git.location.percentPath} to ${wantedPercent(intent)}${intent.version === undefined ? "" : ` and ${git.location.versionPath} to ${intent.version}`}.`,
    resumed: `Commit${short} on ${git.branch} is this run's own, from an earlier attempt.`,
    unchanged: `Git held the wanted values already, since commit${short}; no commit was made.`,
  }[kind];
  const tookMs = kind === "committed" ? mutation.at - startedAt : undefined;
  return {
    step: "mutate",
    title: "The edit is in Git",
    state: "holds",
    at: mutation.at,
    tookMs,
    evidence: [said],
  };
}

function awaitLink({ rollout, expectation }: ModelRun): Link {
  const title = "The cluster routes to the revision named beforehand";
  if (rollout === undefined)
    return { step: "await", title, state: "none", evidence: ["It was not reached."] };
  const { cutOverAt, startedAt, endedAt, active, standby, notes, trouble } = rollout;
  const times = { at: endedAt, tookMs: endedAt - startedAt };
  const pinned = expectation.active === undefined ? [] : [`Pinned before the commit: ${expectation.active}.`];
  if (cutOverAt === undefined) {
    return {
      step: "await",
      title,
      state: "broken",
      ...times,
      evidence: [...brokenBy(trouble), ...pinned, ...notes],
    };
  }
  const routed = `${active} has 100 % of the traffic${standby === undefined ? "" : `, ${standby} has none`}.`;
  return { step: "await", title, state: "holds", ...times, evidence: [routed, ...pinned, ...notes] };
}

function verifyLink({ verdict, rollout }: ModelRun): Link {
  const title = "Only that revision's pods answer";
  if (verdict === undefined) {
    const why =
      rollout?.cutOverAt === undefined
        ? "Nothing to verify: the cut-over was not seen."
        : "It was not reached.";
    return { step: "verify", title, state: "none", evidence: [why] };
  }
  const { startedAt, endedAt, summary, trouble, probes = [] } = verdict;
  const sent = probes.map(({ revision, sent: count }) => `${count} probe requests were sent to ${revision}.`);
  const seen = summary === undefined ? [] : [`${summary}.`];
  return {
    step: "verify",
    title,
    state: trouble === undefined && summary !== undefined ? "holds" : "broken",
    at: endedAt,
    tookMs: endedAt - startedAt,
    evidence: trouble === undefined ? [...seen, ...sent] : [...brokenBy(trouble), ...seen, ...sent],
  };
}

function settleLink(model: ModelRun): Link {
  const { outcome, reason } = settlementOfModel(model);
  const holds = reasons[reason].class === "ok";
  return {
    step: "settle",
    title: "The outcome",
    state: holds ? "holds" : "broken",
    evidence: [`${outcome} ${reason} (exit ${exitCodes[reasons[reason].class]}): ${reasons[reason].what}.`],
  };
}

function brokenBy(trouble: Trouble | undefined): readonly string[] {
  return trouble === undefined
    ? []
    : [`${trouble.reason}: ${reasons[trouble.reason].what}: ${trouble.evidence}`];
}

/** E.g. `17:03:21 UTC, took 12.3 s`. */
export function whenOf({ at, tookMs }: Link, clock: (at: number) => string): string | undefined {
  if (at === undefined) return undefined;
  return `${clock(at)} UTC${tookMs === undefined ? "" : `, took ${span(tookMs)}`}`;
}
