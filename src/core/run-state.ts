/** What the steps of one run hand on to each other: the state file's content, versioned and validated when read. */
import * as v from "valibot";
import { type ReasonId, reasons } from "../errors/catalogue.ts";
import { Failure } from "../errors/failure.ts";
import { checksReportSchema } from "./checks/report.ts";
import { diffSchema } from "./diff.ts";
import { actions } from "./intent.ts";
import { isvcRowSchema } from "./isvc.ts";
import { isRepositoryPath } from "./repository-path.ts";
import { printable } from "./text.ts";

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
const time = v.pipe(v.number(), v.minValue(0));
/** Half of what a date can hold, so that something may be added. */
const lastTime = 4e15;
const scalar = v.union([v.string(), v.number()]);
const reason = v.custom<ReasonId>((id) => typeof id === "string" && Object.hasOwn(reasons, id));

/** A forged one would be asked for as something else: it stands in paths, selectors and queries. */
const label = v.pipe(v.string(), v.maxLength(63), v.regex(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/));
const service = v.object({ namespace: label, name: label });

const intent = v.object({
  action: v.picklist(actions),
  version: v.optional(name),
  sets: v.array(v.object({ path: name, value: scalar })),
  restore: v.optional(v.boolean()),
});

const path = v.pipe(name, v.check(isRepositoryPath, "no path inside the repository"));
const location = v.object({ path, percentPath: name, versionPath: name });

const expectation = v.object({
  action: v.picklist(actions),
  percent: v.number(),
  version: v.optional(name),
  active: v.optional(name),
  standby: v.optional(name),
  uid: v.optional(name),
  known: v.array(name),
});

const mutation = v.object({
  /** `resumed`: the commit was there already and is this run's own (a retry after a crash). */
  kind: v.picklist(["committed", "resumed", "unchanged"]),
  /** The commit that holds our values; of `unchanged` the one that made them so, where it could be found. */
  commit: v.optional(name),
  /** The branch's head before our commit. */
  previousCommit: v.optional(name),
  commitUrl: v.optional(v.string()),
  /** The model version that the file holds with it. */
  version: v.optional(v.string()),
  /** Milliseconds since the epoch. */
  at: time,
});

/** Why a step did not reach its goal; the catalogue holds the rest. */
const trouble = v.object({
  reason,
  evidence: v.string(),
  /** A command line that shows more, or mends it. */
  command: v.optional(v.string()),
});

/** What the colours held when the step ended; written for people, never read back for a decision. */
const replicas = v.pipe(v.number(), v.integer(), v.minValue(0));
const holdings = v.array(
  v.object({
    role: v.picklist(["active", "standby"]),
    revision: name,
    warmth: v.picklist(["warm", "cold", "gone"]),
    routed: v.boolean(),
    replicas: v.object({ ready: replicas, unready: replicas, ending: replicas }),
    /** By resource: cores of `cpu`, bytes of `memory`, pieces of all else. */
    requests: v.record(v.string(), v.number()),
  }),
);

const rollout = v.object({
  startedAt: time,
  endedAt: time,
  /** When the cut-over was seen in force (milliseconds since the epoch); absent if it was not. */
  cutOverAt: v.optional(time),
  active: v.optional(name),
  standby: v.optional(name),
  notes: v.array(v.string()),
  holdings: v.optional(holdings),
  /** The InferenceService when the rollout was last looked at, as kubectl prints it; for people. */
  service: v.optional(isvcRowSchema),
  trouble: v.optional(trouble),
});

const verdict = v.object({
  startedAt: time,
  endedAt: time,
  query: v.optional(v.string()),
  summary: v.optional(v.string()),
  /** Per pod what the verdict rests on; written for people, never read back for a decision. */
  pods: v.optional(v.array(v.record(v.string(), v.unknown()))),
  /** What was left out of `pods` for size. */
  cut: v.optional(v.string()),
  /** Samples count from here on (seconds since the epoch, Prometheus' clock). */
  since: v.optional(v.number()),
  /** Probe requests that were sent. */
  probes: v.optional(
    v.array(
      v.object({
        revision: name,
        sent: v.number(),
        doubtful: v.optional(v.number()),
        lastAt: v.optional(time),
      }),
    ),
  ),
  /** Requests that a PASS rests on, and the leak (0 to 1) that they exclude at 95 %. */
  strength: v.optional(
    v.object({
      requests: v.number(),
      probes: v.number(),
      failed: v.number(),
      comparable: v.number(),
      leakBelow: v.optional(v.number()),
    }),
  ),
  /** Of PromQL mode; written for people, never read back for a decision. */
  promql: v.optional(v.record(v.string(), v.unknown())),
  checks: v.optional(checksReportSchema),
  holdings: v.optional(holdings),
  trouble: v.optional(trouble),
});

const runFields = {
  format: v.literal("bluegreen-run"),
  version: v.literal(1),
  run: name,
  startedAt: time,
  service,
  intent,
  git: v.object({ url: name, branch: name, location }),
  /** The InferenceService before the commit, as kubectl prints it; for people. */
  before: v.optional(isvcRowSchema),
  expectation,
  mutation,
  /** What our commit changed in the model's file; absent where it made none for it. For people. */
  diff: v.optional(diffSchema),
  rollout: v.optional(rollout),
  verdict: v.optional(verdict),
};

/** One run can be about several models, which one commit cuts over: the further ones. */
const modelsFields = { ...runFields, also: v.optional(v.array(v.object(runFields))) };

/** The automatic rollback of a run that failed: a run of its own, or why it could not begin. */
const recovery = v.object({ run: v.optional(v.object(modelsFields)), trouble: v.optional(trouble) });

/**
 * Of the process that wrote this: which start of its machine it ran in, and its time (milliseconds since the epoch) at the
 * zero of what the machine counts since then.
 */
const timeline = v.object({
  boot: name,
  zero: v.pipe(v.number(), v.minValue(-lastTime), v.maxValue(lastTime)),
});

const runState = v.object({
  ...modelsFields,
  recovery: v.optional(recovery),
  clock: v.optional(timeline),
});

export type RunState = v.InferOutput<typeof runState>;
/** What a run is about, without its further models. */
export type ModelRun = Omit<RunState, "also" | "recovery" | "clock">;
export type Mutation = v.InferOutput<typeof mutation>;
export type RolloutReport = v.InferOutput<typeof rollout>;
export type VerdictReport = v.InferOutput<typeof verdict>;
export type Recovery = v.InferOutput<typeof recovery>;
export type Trouble = v.InferOutput<typeof trouble>;
export type Timeline = v.InferOutput<typeof timeline>;

/** What a later step was told on its command line; each must agree with the state. */
export interface RunIdentity {
  readonly run?: string | undefined;
  readonly namespace?: string | undefined;
  /** Those of several models in their order. */
  readonly names?: readonly string[] | undefined;
  readonly action?: string | undefined;
  /** Credentials for this one must not go to another that a forged state names. */
  readonly gitUrl?: string | undefined;
  readonly branch?: string | undefined;
}

/** Nested deeper than this nothing is that was written here; a million levels would end the stack of who writes it again. */
const maxDepth = 100;

/**
 * Parses a state file. Throws Failure STATE_UNREADABLE (no JSON, damaged) or STATE_FOREIGN (of another program,
 * version, run or service).
 */
export function parseRunState(text: string, told: RunIdentity): RunState {
  if (depthOf(text) > maxDepth) throw new Failure("STATE_UNREADABLE", `it has more than ${maxDepth} levels`);
  const json = parseJson(text);
  const header = v.safeParse(v.object({ format: v.string(), version: v.unknown() }), json);
  if (!header.success || header.output.format !== "bluegreen-run") {
    throw new Failure("STATE_FOREIGN", "it was not written by bluegreen");
  }
  if (header.output.version !== 1) {
    const version = printable(JSON.stringify(header.output.version), 20);
    throw new Failure("STATE_FOREIGN", `it has version ${version}, this bluegreen reads version 1`);
  }
  const result = v.safeParse(runState, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw new Failure("STATE_UNREADABLE", `${v.getDotPath(issue)}: ${printable(issue.message, 200)}`);
  }
  refuseOtherRun(result.output, told);
  return result.output;
}

/** Every model that a run is about, the first one first. */
export function modelsOf({
  also = [],
  recovery: _,
  clock: __,
  ...first
}: RunState): readonly [ModelRun, ...ModelRun[]] {
  return [first, ...also];
}

/** The state as the file's text. */
export function formatRunState(state: RunState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure("STATE_UNREADABLE", "it is not JSON (was it cut off?)");
  }
}

const nesting: Readonly<Record<string, number>> = { "{": 1, "[": 1, "}": -1, "]": -1 };

/** How deep JSON is nested. By its brackets: where the text is no JSON, what that says does not matter. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') quoted = !quoted;
    // What is escaped ends no string.
    if (character === "\\") at += 1;
    if (quoted) continue;
    depth += nesting[character] ?? 0;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function listed(names: readonly string[] = []): string | undefined {
  return names.length === 0 ? undefined : names.join(", ");
}

function refuseOtherRun(state: RunState, told: RunIdentity): void {
  const pairs = [
    ["run", told.run, state.run],
    ["namespace", told.namespace, state.service.namespace],
    ["name", listed(told.names), listed(modelsOf(state).map(({ service }) => service.name))],
    ["action", told.action, state.intent.action],
    ["repository", told.gitUrl, state.git.url],
    ["branch", told.branch, state.git.branch],
  ] as const;
  for (const [what, here, there] of pairs) {
    if (here !== undefined && there !== undefined && here !== there) {
      throw new Failure(
        "STATE_FOREIGN",
        `its ${what} is ${printable(there, 100)}, this step was told ${printable(here, 100)}`,
      );
    }
  }
}
