/** Finds out why a rollout did not come to its end. It only names the cause: that it failed is decided before. */
import { type ApplicationReading, revisionsFrom } from "../../core/application.ts";
import type { Progress, Sightings } from "../../core/progress.ts";
import type { RunState, Trouble } from "../../core/run-state.ts";
import { deliveryFinding } from "../../core/stuck/delivery.ts";
import { type EventReading, type Finding, restoreCommand } from "../../core/stuck/finding.ts";
import { rolloutFinding } from "../../core/stuck/rollout.ts";
import type { World } from "../../core/world.ts";
import { reasons } from "../../errors/catalogue.ts";
import { Failure } from "../../errors/failure.ts";
import type { Clock, GitOps, GitRemote, Happenings, Log } from "../../ports.ts";

export interface ExplainPorts {
  readonly git: GitRemote;
  readonly gitops?: GitOps | undefined;
  /** Absent: explained without. */
  readonly happenings?: Happenings | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

type Failed = Extract<Progress, { kind: "failed" }>;

/** The trouble to report: the cause where one shows, else what was missing in the end. */
export async function explained(
  ports: ExplainPorts,
  state: RunState,
  { reason, detail }: Failed,
  seen: Sightings,
  signal: AbortSignal,
): Promise<Trouble> {
  const { world, application } = seen;
  if (reason === "EDIT_NOT_REACHED" && application !== undefined) {
    return named(detail, reason, await deliveryOf(ports, state, application, seen));
  }
  if (reason === "WRONG_BLUE") return { reason, evidence: detail, command: restoreCommand(state) };
  if (world === undefined || !explicable.has(reason)) {
    return { reason, evidence: detail };
  }
  const events = (await ports.happenings?.warnings(state.service.namespace, signal)) ?? [];
  return named(detail, reason, rolloutOf(state, world, events, ports.clock.now()));
}

/** What may have a cause that pods and revisions tell. */
const explicable: ReadonlySet<string> = new Set([
  "ROLLOUT_TIMEOUT",
  "NO_FIRST_DEPLOYMENT",
  "ROLLBACK_BLOCKED",
]);

/** A blocked rollback stays one whatever broke green: the way out is the same. */
function named(detail: string, reason: Failed["reason"], finding: Finding | undefined): Trouble {
  if (finding === undefined) return { reason, evidence: detail };
  const { evidence, command } = finding;
  if (reason !== "ROLLBACK_BLOCKED")
    return { reason: finding.reason, evidence: `${evidence}; ${detail}`, command };
  return { reason, evidence: `${detail}; ${reasons[finding.reason].what}: ${evidence}`, command };
}

function rolloutOf(
  { expectation: expected, service: { namespace } }: RunState,
  world: World,
  events: readonly EventReading[],
  nowMs: number,
): Finding | undefined {
  return rolloutFinding({ expected, namespace, world, events, nowMs });
}

async function deliveryOf(
  { git: remote, gitops }: ExplainPorts,
  { service, git, mutation }: RunState,
  application: ApplicationReading,
  { takenSince, reconciledBefore }: Sightings,
): Promise<Finding | undefined> {
  const { url, branch, location } = git;
  const revisions = revisionsFrom(application, remote.url);
  const compared = takenSince !== undefined || (await containsOurs(remote, revisions, mutation.commit));
  const { reconciledAt } = application;
  const silent = mutation.commit !== undefined && !compared && reconciledAt === reconciledBefore;
  return deliveryFinding({
    service,
    application,
    place: gitops?.place,
    git: { url, branch, path: location.path },
    taken: takenSince !== undefined,
    compared,
    silentSince: silent ? reconciledAt : undefined,
  });
}

async function containsOurs(
  git: GitRemote,
  revisions: readonly string[],
  commit: string | undefined,
): Promise<boolean> {
  if (commit === undefined) return false;
  for (const revision of revisions) {
    try {
      if (await git.isDescendant(revision, commit)) return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
  return false;
}

/** Tells of each cause once, as soon as it shows: nobody needs to wait for the deadline to see a typing error. */
export type Hint = (world: World, progress: Progress) => void;

export function createHint({ clock, log }: ExplainPorts, state: RunState): Hint {
  const told = new Set<string>();
  return (world, progress) => {
    if (progress.kind !== "waiting" || ["edit", "service", "sync"].includes(progress.link)) return;
    const finding = rolloutOf(state, world, [], clock.now());
    if (finding === undefined || told.has(finding.reason) || passing.has(finding.reason)) return;
    told.add(finding.reason);
    log.warn(`${reasons[finding.reason].what}: ${finding.evidence}. Look: ${finding.command}`);
  };
}

/** What every rollout passes through, or may for a moment. */
const passing: ReadonlySet<string> = new Set(["STILL_LOADING", "REVISION_MISSING"]);
