/** Decides, look by look, whether probe requests are due, sends them, and keeps what the counters must show of them. */
import type { Action } from "../../core/intent.ts";
import { type AnswerVerdict, judgeAnswer } from "../../core/probe/answer.ts";
import {
  endingPods,
  isEndAwaited,
  isUnfinished,
  modelOf,
  type ProbeLimits,
  type ProbeMode,
  pauseBetween,
  probesDue,
} from "../../core/probe/plan.ts";
import { type Campaign, type ProbeCause, type ProbeStanding, standingOf } from "../../core/probe/standing.ts";
import { type ProbePlace, type ProbeRole, type ProbeTarget, targetsOf } from "../../core/probe/target.ts";
import { printable } from "../../core/text.ts";
import type { Proof } from "../../core/verdict/proof.ts";
import type { World } from "../../core/world.ts";
import { reasons } from "../../errors/catalogue.ts";
import { Failure } from "../../errors/failure.ts";
import type { Clock, Log, ProbeClient, ProbeReply, ProbeRequest } from "../../ports.ts";

export interface ProbeSight {
  readonly judgement: Proof;
  readonly world: World;
  /** Revision that has the traffic. */
  readonly active: string;
  /** Whether anything may be sent: the settle time is over, the time limit is not reached. */
  readonly open: boolean;
}

/**
 * Asked after every look that is no FAIL: sends probe requests if it sees fit, and says what was sent so far, also where
 * an answer (`failure`) ends it.
 */
export type ProbeSource = (sight: ProbeSight, signal: AbortSignal) => Promise<ProbeStanding>;

export interface ProbePorts {
  readonly client: ProbeClient;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ProbeSettings extends ProbeLimits {
  readonly action: Action;
  readonly mode: ProbeMode;
  /** Body of a request of the V2 protocol, sent as it stands. */
  readonly payload: string;
  /** Default: the name in the counters, else the service's. */
  readonly model?: string | undefined;
  /** In the place of the URL in the status. */
  readonly url?: string | undefined;
}

interface Sending extends Campaign {
  /** The answer, or what kept a request from being sent, that ends it. */
  readonly failure?: Failure;
  /** Since when pods of the revision are seen to be ending, in milliseconds since the epoch. */
  readonly endingSince?: number | undefined;
  readonly toldOfEnding?: boolean;
}

interface Context {
  readonly ports: ProbePorts;
  readonly settings: ProbeSettings;
}

/** For one `verify`; the next one needs a new source. */
export function createProbeSource(ports: ProbePorts, settings: ProbeSettings): ProbeSource {
  const context = { ports, settings };
  const campaigns = new Map<ProbeRole, Sending>();
  return async (sight, signal) => {
    for (const target of targetsIn(sight, settings)) {
      const before = atEnds(resumed(campaigns.get(target.role), target), sight, ports.clock.now());
      campaigns.set(target.role, before);
      if (!sight.open) continue;
      const after = await goOn(before, target, sight, context, signal);
      campaigns.set(target.role, after);
      if (after.failure !== undefined) break;
    }
    const all = [...campaigns.values()];
    const [failure] = all.flatMap((each) => each.failure ?? []);
    return { ...standingOf(all, settings.mode, settings), failure };
  };
}

function targetsIn({ world: { service }, judgement, active }: ProbeSight, settings: ProbeSettings) {
  if (service === undefined) return [];
  const { action, url: given, model = modelOf(service.ref.name, judgement) } = settings;
  return targetsOf({ action, service, active, model, given });
}

function resumed(known: Sending | undefined, { role, revision }: ProbeTarget): Sending {
  if (known?.course.revision === revision) return { ...known, fresh: false };
  return { role, course: { revision, sent: 0, doubtful: 0, rounds: 0 }, fresh: false };
}

function atEnds(campaign: Sending, { judgement }: ProbeSight, now: number): Sending {
  const ending = endingPods(campaign.course.revision, judgement).length > 0;
  return ending
    ? { ...campaign, endingSince: campaign.endingSince ?? now }
    : { ...campaign, endingSince: undefined, toldOfEnding: false };
}

/** Probes that a pod answers shortly before it is gone show in no counter, and look like probes that went astray. */
function heldBack(campaign: Sending, { judgement }: ProbeSight, { log }: ProbePorts): Sending {
  const [pod = ""] = endingPods(campaign.course.revision, judgement);
  if (!campaign.toldOfEnding) {
    log.info(`Probe requests wait until pod ${printable(pod, 100)} has ended: its counters end with it`);
  }
  return { ...campaign, toldOfEnding: true };
}

async function goOn(
  before: Sending,
  target: ProbeTarget,
  sight: ProbeSight,
  context: Context,
  signal: AbortSignal,
): Promise<Sending> {
  const { ports, settings } = context;
  const due = probesDue(settings.mode, target.role, sight.judgement, before.course, settings);
  if (due === 0) return before;
  return isEndAwaited(before.endingSince, ports.clock.now())
    ? heldBack(before, sight, ports)
    : advance(before, target, due, context, signal);
}

async function advance(
  before: Campaign,
  { role, place }: ProbeTarget,
  due: number,
  context: Context,
  signal: AbortSignal,
): Promise<Sending> {
  const { log } = context.ports;
  if (place.kind === "none") {
    return troubled(before, { reason: "PROBE_NO_URL", evidence: place.why }, log);
  }
  let campaign = before;
  if (!isUnfinished(before.course, context.settings)) {
    const { course } = before;
    const whom = `${role === "green" ? "green, " : ""}${printable(course.revision, 100)}`;
    log.info(
      `Sending ${context.settings.count} probe requests to ${whom}: POST ${printable(place.url, 300)}`,
    );
    campaign = { ...before, course: { ...course, rounds: course.rounds + 1 } };
  }
  return sendSlice(campaign, place, due, context, signal);
}

/** Ends early where one of them does not get through, or is answered wrongly. */
async function sendSlice(
  before: Campaign,
  place: ProbePlace & { kind: "url" },
  due: number,
  context: Context,
  signal: AbortSignal,
): Promise<Sending> {
  const { clock } = context.ports;
  let campaign: Sending = before;
  for (let left = due; left > 0 && !signal.aborted; left -= 1) {
    const began = clock.now();
    campaign = await sendOne(campaign, place, context, signal);
    if (campaign.trouble !== undefined || campaign.failure !== undefined) return campaign;
    const rest = pauseBetween(context.settings) - (clock.now() - began);
    if (left > 1 && rest > 0) await clock.sleep(rest, signal);
  }
  return campaign;
}

async function sendOne(
  campaign: Campaign,
  { url, confidential }: ProbePlace & { kind: "url" },
  { ports: { client, clock, log }, settings }: Context,
  signal: AbortSignal,
): Promise<Sending> {
  const { course } = campaign;
  const reply = await infer(client, { url, body: settings.payload, confidential }, signal);
  if (reply instanceof Failure) return { ...campaign, failure: reply };
  const verdict = verdictOf(reply);
  if (verdict.kind === "good") {
    return {
      ...campaign,
      course: { ...course, sent: course.sent + 1, lastAt: clock.now() },
      trouble: undefined,
      fresh: true,
    };
  }
  const evidence = printable(`POST ${url} ${verdict.detail}`, 500);
  // A gateway's answer does not tell whether the model had the request before, nor does an error whether it was counted.
  const arrived = reply.kind === "answered" || reply.arrived;
  const doubted = arrived
    ? { ...campaign, course: { ...course, doubtful: course.doubtful + 1 }, fresh: true }
    : campaign;
  if (verdict.kind !== "away") {
    const whom = `probe ${course.sent + 1} to ${printable(course.revision, 100)}`;
    return { ...doubted, failure: new Failure(reasonsOf[verdict.kind], `${whom}: ${evidence}`) };
  }
  return troubled(doubted, { reason: "PROBE_UNREACHABLE", evidence }, log);
}

/** A Failure: it was never sent. */
async function infer(
  client: ProbeClient,
  request: ProbeRequest,
  signal: AbortSignal,
): Promise<ProbeReply | Failure> {
  try {
    return await client.infer(request, signal);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

const reasonsOf = {
  failed: "PROBE_FAILED",
  rejected: "PROBE_REJECTED",
  denied: "PROBE_DENIED",
} as const;

function verdictOf(reply: ProbeReply): AnswerVerdict {
  if (reply.kind === "answered") return judgeAnswer(reply);
  return { kind: reply.kind === "nonsense" ? "failed" : "away", detail: reply.detail };
}

/** Each trouble once in the log: it is met again with every look. */
function troubled(campaign: Campaign, trouble: ProbeCause, log: Log): Campaign {
  if (campaign.trouble?.evidence !== trouble.evidence) {
    log.warn(`${reasons[trouble.reason].what}: ${trouble.evidence}`);
  }
  return { ...campaign, trouble };
}
