/** What the probes mean for the end of `verify`. */
import type { Failure } from "../../errors/failure.ts";
import { printable } from "../text.ts";
import type { ProbesSent } from "../verdict/judge.ts";
import { isUnfinished, type ProbeCourse, type ProbeLimits, type ProbeMode } from "./plan.ts";
import type { ProbeRole } from "./target.ts";

export interface ProbeCause {
  readonly reason: "PROBE_UNREACHABLE" | "PROBE_NO_URL" | "PROBE_UNCOUNTED";
  /** Printable. */
  readonly evidence: string;
}

/** The probes to one target. */
export interface Campaign {
  readonly role: ProbeRole;
  readonly course: ProbeCourse;
  /** Why the latest of them did not get through; absent once one did. */
  readonly trouble?: ProbeCause | undefined;
  /** Something was sent after the look was taken. */
  readonly fresh: boolean;
}

export interface ProbeStanding {
  readonly sent: readonly ProbesSent[];
  /** Why a PASS is not due yet. */
  readonly hold?: ProbeCause | undefined;
  /** Why probes could not end the lack of traffic. */
  readonly trouble?: ProbeCause | undefined;
  /** PROBE_FAILED, PROBE_REJECTED or PROBE_DENIED: what waiting does not mend. */
  readonly failure?: Failure | undefined;
}

export function standingOf(
  campaigns: readonly Campaign[],
  mode: ProbeMode,
  limits: ProbeLimits,
): ProbeStanding {
  const [hold] = campaigns.flatMap((campaign) => holdOf(campaign, mode, limits) ?? []);
  return {
    sent: campaigns.flatMap(({ course: { rounds: _, ...batch } }) =>
      batch.sent + batch.doubtful > 0 ? [batch] : [],
    ),
    hold,
    trouble: campaigns.find(({ role }) => role === "active")?.trouble,
  };
}

/** What was asked for expressly, or is the only test of green before a promote, must have been done for a PASS. */
function holdOf(
  { role, course, trouble, fresh }: Campaign,
  mode: ProbeMode,
  limits: ProbeLimits,
): ProbeCause | undefined {
  const owed = mode === "always" || (role === "green" && trouble?.reason !== "PROBE_NO_URL");
  if (owed && trouble !== undefined) return trouble;
  const open = course.rounds === 0 || isUnfinished(course, limits);
  if (!(owed && open) && !fresh) return undefined;
  const wanted = Math.max(1, course.rounds) * limits.count;
  return {
    reason: "PROBE_UNCOUNTED",
    evidence: `${course.sent} of ${wanted} probes to ${printable(course.revision, 100)} were sent until now`,
  };
}
