/**
 * What some stories' runs are asked for beyond the defaults, each by chances of its own: stories that have none of it stay
 * as they were before there was any.
 */
import type { Random } from "../bench/cutovers/random.ts";
import type { SimRuntime } from "../bench/cutovers/scenario.ts";
import type { FaultPlan } from "./faults.ts";
import type { CheckOrder, ProbePlan, RunPlan, Story, UserQuery } from "./plan.ts";

/** What there is of it, for people. */
export function extrasIn({ query, probe, checks, runs, second }: Story): readonly string[] {
  return [
    ...(runs.some(({ restore }) => restore) ? ["a restore"] : []),
    ...(query === undefined ? [] : ["a query of the user's own"]),
    ...(probe === undefined ? [] : ["probes"]),
    ...(runs.some((run) => run.gated) ? ["a gate behind the stage"] : []),
    ...(checks === undefined ? [] : ["checks"]),
    ...(second === undefined ? [] : ["several models"]),
  ];
}

export function withExtras(story: Story, randomFor: (what: string) => Random): Story {
  const restored = withRestore(story, randomFor("restore"));
  const probed = withProbe(withQuery(restored, randomFor("query")), randomFor("probe"));
  return withChecks(probed, randomFor("checks"));
}

/** `rollback --restore-version`, as a rule where it is the only way back. */
function withRestore(story: Story, random: Random): Story {
  // The command line refuses it with pull requests: it can need two commits.
  if (!random.chance(0.12) || story.twist === "pull requests") return story;
  if (story.twist !== undefined && story.mood !== "rough") return story;
  const named = random.pick([undefined, undefined, "v1", "v2"]);
  if (story.twist !== undefined) {
    const { runs } = story;
    return { ...story, runs: runs.map((run) => (run.action === "rollback" ? restoring(run, named) : run)) };
  }
  const rough = story.mood === "rough";
  const ruin = random.pick(["crashing", "crashing", "wrong blue", rough ? undefined : "wrong blue"] as const);
  const right = ruin === "wrong blue" ? "v2" : "v1";
  const plans = random.pick(rough ? roughRestores : calmRestores);
  const [pattern] = story.runs as readonly [RunPlan, ...RunPlan[]];
  const runs = plans.map((action, index): RunPlan => {
    const run = { ...pattern, id: `run-${index + 1}`, afterMs: index === 0 ? pattern.afterMs : 5_000 };
    if (action === "restore") {
      return restoring({ ...run, action: "rollback" }, rough ? named : named && right);
    }
    return { ...run, action, version: action === "stage" ? "v4" : undefined };
  });
  return {
    ...story,
    start: "promoted",
    minReplicas: 1,
    ...(ruin === undefined ? {} : { ruin }),
    runs,
    faults: story.faults.map((fault) => ({ ...fault, run: Math.min(fault.run, runs.length - 1) })),
  };
}

const calmRestores = [["restore"], ["restore"], ["restore", "stage", "promote"]] as const;
const roughRestores = [
  ["restore"],
  ["rollback", "restore"],
  ["restore", "restore"],
  ["restore", "rollback"],
  ["restore", "promote"],
  ["restore", "stage", "promote"],
] as const;

function restoring(run: RunPlan, version: string | undefined): RunPlan {
  return { ...run, restore: true, version };
}

/** Of answered inferences, by model server; without `failed`, `succeeded` counts all. */
const counters: Readonly<
  Record<SimRuntime, { succeeded: string; failed?: string; only: string; fromZero: boolean }>
> = {
  ovms: {
    succeeded: "ovms_requests_success",
    failed: "ovms_requests_fail",
    only: 'method=~"ModelInfer|Predict"',
    fromZero: true,
  },
  triton: {
    succeeded: "nv_inference_request_success",
    failed: "nv_inference_request_failure",
    only: 'model="jukebox"',
    fromZero: true,
  },
  mlserver: {
    succeeded: "model_infer_request_success_total",
    failed: "model_infer_request_failure_total",
    only: 'model="jukebox"',
    fromZero: false,
  },
  vllm: { succeeded: "vllm:request_success_total", only: 'model_name="jukebox"', fromZero: false },
  kserve: { succeeded: "request_predict_seconds_count", only: 'model_name="jukebox"', fromZero: false },
  knative: { succeeded: "revision_request_count", only: 'container_name="queue-proxy"', fromZero: false },
};

/** Its window is so short that a few requests which went astray have left it when it first lies behind the cut-over. */
function forgetful(story: Story, query: UserQuery, random: Random): Story {
  const run = random.whole(0, story.runs.length - 1);
  const lastsMs = random.between(1_000, 4_000);
  const leak = {
    kind: "leak",
    run,
    phase: "verify",
    afterMs: random.between(5_000, 9_000),
    lastsMs,
  } as const;
  const perSecond = Math.max(story.perSecond, 2);
  // Who looks seldom misses them for good.
  return {
    ...story,
    query: { ...query, everyMs: 15_000 },
    perSecond,
    leakShare: 0.5,
    faults: [...story.faults, leak],
  };
}

/** Of a pod whose counter is not there before its first request a query cannot show that it is idle. */
function withQuery(story: Story, random: Random): Story {
  const { runtime, mood } = story;
  if (!random.chance(0.15)) return story;
  const rough = mood === "rough";
  const { succeeded, failed, only, fromZero } = counters[runtime];
  if (!rough && !fromZero) return story;
  const mine = `namespace="$namespace",pod=~"$name-predictor-.*"`;
  const counts = failed === undefined ? "all" : "succeeded";
  const of = (text: string): UserQuery => ({ text, counts });
  const window = (metric: string) => `sum by (pod) (increase(${metric}{${mine},${only}}[$window]))`;
  const fit: readonly UserQuery[] = [
    of(`sum(rate(${succeeded}{${mine},${only}}[1m])) by (pod)`),
    of(window(succeeded)),
    of(`rate(${succeeded}{${mine},${only}}[$window])`),
    of(`sum by (pod) (irate(${succeeded}{${mine},${only}}[$window]))`),
    failed === undefined
      ? of(window(succeeded))
      : { text: `${window(succeeded)} + ${window(failed)}`, counts: "all" },
  ];
  // The course's own, which counts readiness calls; one that hides what is idle; one whose window is long.
  const odd = [
    of(`sum(rate(${succeeded}[$window])) by (pod)`),
    of(`${window(succeeded)} > 0`),
    of(`sum(rate(${succeeded}{${only}}[3m])) by (pod)`),
  ];
  if (rough && story.scrapeMs <= 5_000 && random.chance(0.5)) {
    return forgetful(story, of(`sum by (pod) (rate(${succeeded}{${mine},${only}}[15s]))`), random);
  }
  return { ...story, query: random.pick(rough ? [...fit, ...fit, ...odd] : fit) };
}

function withProbe(story: Story, random: Random): Story {
  if (!random.chance(0.15)) return story;
  const probe = probePlan(story, random);
  const idle = random.chance(0.4) && (story.mood === "rough" || isSeenIdle(story));
  const gates = story.twist === undefined && random.chance(0.6);
  const runs = gates ? story.runs.map((run, index) => gated(run, story.runs[index - 1])) : story.runs;
  const faults = [...story.faults, ...brokenGreen(story, random)];
  return { ...story, probe, runs, faults, perSecond: idle ? 0 : story.perSecond };
}

function probePlan({ mood, twist }: Story, random: Random): ProbePlan {
  const rough = mood === "rough";
  // Two that probe one green take each other's requests for a leak.
  const alone = twist !== "two at once" || rough;
  const mode = random.pick(["auto", "auto", alone ? "always" : "auto"] as const);
  return {
    mode,
    // What is to be tried in any case needs a URL.
    tags: alone && (random.chance(0.8) || (mode === "always" && !rough)),
    gatewayShare: rough ? random.pick([0, 0, 0.1, 1]) : 0,
    lostShare: rough ? random.pick([0, 0, 0.1]) : 0,
  };
}

/**
 * Whether a model without requests shows that it has none, which is when it is probed: not by a counter that comes with
 * the first request, nor, to a query, without a pod.
 */
function isSeenIdle({ runtime, query, minReplicas }: Story): boolean {
  return (runtime === "ovms" || runtime === "triton") && (query === undefined || minReplicas > 0);
}

/** A green that is ready, and answers with errors: nothing but a probe shows that before the promote. */
function brokenGreen({ mood, runs }: Story, random: Random): readonly FaultPlan[] {
  const run = runs.findIndex(({ action }) => action === "stage");
  if (mood !== "rough" || run < 0 || !random.chance(0.25)) return [];
  const lastsMs = random.pick([30_000, Number.POSITIVE_INFINITY]);
  return [{ kind: "green-answers-500", run, phase: "await", afterMs: 0, lastsMs }];
}

/** As the Pipeline `bluegreen-release` has it: a stage and its promote bear one id. */
function gated(run: RunPlan, before: RunPlan | undefined): RunPlan {
  if (run.action !== "promote" || before?.action !== "stage") return run;
  return { ...run, id: before.id, version: before.version, gated: true };
}

/** Of a pod that is not there no query tells anything. */
function withChecks(story: Story, random: Random): Story {
  const { runtime, mood, minReplicas } = story;
  if (!random.chance(0.22) || (runtime !== "ovms" && runtime !== "triton") || minReplicas === 0) return story;
  const { succeeded, failed = "", only } = counters[runtime];
  const mine = `namespace="$namespace",pod=~"$active-.*",${only}`;
  const errors = `errors: sum(increase(${failed}{${mine}}[$window])) => <= 0`;
  const drift = `drift: sum(rate(${failed}{${mine}}[$window])) => <= 1.2 * baseline`;
  const served = `served: sum(increase(${succeeded}{${mine}}[$window])) => > 0`;
  const rough = mood === "rough";
  const lines = rough ? random.pick([[errors], [errors, served], [drift], [served, drift]]) : [errors];
  const checks: CheckOrder = {
    text: lines.join("\n"),
    count: random.whole(1, 3),
    failureLimit: rough ? random.pick([0, 0, 1]) : 0,
  };
  const run = story.runs.findIndex(({ action }) => action !== "rollback");
  if (!rough || run < 0 || !random.chance(0.3)) return { ...story, checks };
  const afterMs = random.between(0, 20_000);
  const lastsMs = random.pick([5_000, 60_000, Number.POSITIVE_INFINITY]);
  const fault: FaultPlan = { kind: "green-answers-500", run, phase: "verify", afterMs, lastsMs };
  return { ...story, checks, perSecond: Math.max(story.perSecond, 2), faults: [...story.faults, fault] };
}
