/** The commands and which options each of them reads. */
import { type Action, actions } from "../core/intent.ts";
import type { OptionName } from "./options.ts";

export const stepNames = ["mutate", "await", "verify", "settle"] as const;
export type StepName = (typeof stepNames)[number];
export type CommandName = Action | "plan" | "status" | StepName;

export interface Command {
  readonly describe: string;
  readonly names: readonly OptionName[];
  readonly required: readonly OptionName[];
  /** Options whose fallback does not count: what is not given is not asked. */
  readonly onlyIfGiven?: readonly OptionName[];
  readonly examples: readonly string[];
}

const common = ["output", "verbose"] as const;
const identity = ["namespace", "name"] as const;
const trust = ["ca-file", "ca-dir"] as const;
const git = [
  "git-url",
  "branch",
  "git-username",
  "git-password",
  "git-credentials-dir",
  "git-token-file",
  "git-auth",
] as const;
const run = ["run-id", "taskrun-uid"] as const;
const reports = ["report", "report-dir"] as const;
const file = ["environment", "config-path", "percent-path", "version-path"] as const;
/** How any commit is made, also that of an automatic rollback. */
const commit = [
  "commit-trailer",
  "commit-author",
  "commit-committer",
  "sign-off",
  "signing-key",
  "signing-passphrase",
  "signing-passphrase-file",
  "push",
  "push-timeout",
  "merge-timeout",
  "git-provider",
  "git-api-url",
  "git-api-token-file",
] as const;
const edit = [
  "model-version",
  "set",
  "commit-subject",
  "commit-message",
  ...commit,
  "undo-run",
  "restore-version",
] as const;
const cluster = ["kubeconfig", "context"] as const;
const waiting = [
  "argocd-application",
  "timeout",
  "progress-timeout",
  "sync-timeout",
  "sync-grace",
  "branch-interval",
] as const;
const checking = [
  "max-error-ratio",
  "max-latency",
  "latency-quantile",
  "check",
  "check-delay",
  "check-interval",
  "check-count",
  "check-failure-limit",
  "check-success-limit",
  "check-error-limit",
  "check-dry-run",
  "baseline-window",
] as const;
const proving = [
  "prometheus-url",
  "prometheus-token-file",
  "prometheus-auth-dir",
  "runtime",
  "min-requests",
  "max-leak",
  "promql",
  ...checking,
  "verify-timeout",
  "verify-interval",
  "settle-time",
  "max-errors",
  "probe",
  "probe-payload",
  "probe-payload-file",
  "probe-model",
  "probe-url",
  "probe-count",
  "probe-rate",
  "probe-token-file",
] as const;

const policy = ["on-failure", "rollback-on"] as const;

const mutating = [...identity, ...run, ...git, ...trust, ...file, ...edit, ...cluster] as const;
/** What every step after `mutate` takes. */
const following = ["action", ...identity, ...run, ...git, ...trust, ...cluster] as const;
const whole = [
  ...mutating,
  ...waiting,
  ...proving,
  ...policy,
  ...reports,
  "results-dir",
  "state-file",
  ...common,
] as const;
const target =
  "--namespace user1-test --name jukebox --git-url https://gitea.example.com/user1/mlops-gitops.git";

const metrics = "--prometheus-url https://prometheus.example.com";

/** Options that mean something for some actions only: ignoring one silently would do what nobody asked for. */
const belongsTo: Partial<Record<OptionName, readonly Action[]>> = {
  "model-version": ["stage", "promote", "rollback"],
  set: ["stage"],
  "undo-run": ["rollback"],
  "restore-version": ["rollback"],
};

export function isFor(name: OptionName, action: Action): boolean {
  return belongsTo[name]?.includes(action) ?? true;
}

function chain(action: Action, describe: string, example: string): Command {
  const required: readonly OptionName[] = ["namespace", "name", "git-url"];
  // Without a Prometheus nothing can be proven; a rollback is to be made all the same.
  const wanted: Readonly<Record<Action, readonly OptionName[]>> = {
    stage: ["prometheus-url", "model-version"],
    promote: ["prometheus-url"],
    rollback: [],
  };
  return {
    describe,
    names: whole.filter((name) => isFor(name, action)),
    required: [...required, ...wanted[action]],
    examples: [`bluegreen ${action} ${target} ${metrics}${example}`],
  };
}

export const commands: Readonly<Record<CommandName, Command>> = {
  stage: chain("stage", "Deploy a model version beside the live one, at 0 %", " --model-version 9f86d08188"),
  promote: chain("promote", "Give the staged revision the traffic, and prove it", ""),
  rollback: chain("rollback", "Give the previous revision the traffic, and prove it", ""),
  plan: {
    describe: "Show what an action would do; change nothing",
    names: ["action", ...mutating, ...common],
    required: ["action", "namespace", "name", "git-url"],
    examples: [`bluegreen plan promote ${target}`],
  },
  status: {
    describe: "Show who serves, and what the next action would do",
    names: [
      ...[...identity, "watch", ...git, ...trust, ...file, ...cluster],
      ...["prometheus-url", "prometheus-token-file", "prometheus-auth-dir", "runtime", ...common],
    ] as readonly OptionName[],
    required: ["namespace", "name"],
    onlyIfGiven: ["prometheus-url"],
    examples: [
      "bluegreen status --namespace user1-test --name jukebox --watch",
      `bluegreen status ${target} ${metrics}`,
    ],
  },
  mutate: {
    describe: "Step 1: check, pin the revisions, edit, commit, push",
    names: ["action", ...mutating, "on-failure", ...reports, "results-dir", "state-file", ...common],
    required: ["action", "namespace", "name", "git-url", "state-file"],
    examples: [`bluegreen mutate --action promote ${target} --state-file run.json`],
  },
  await: {
    describe: "Step 2: await the pinned revision's traffic",
    names: [...following, ...waiting, ...reports, "state-file", ...common],
    required: ["state-file"],
    examples: ["bluegreen await --state-file run.json"],
  },
  verify: {
    describe: "Step 3: prove by the request counters who serves",
    names: [...following, ...proving, ...reports, "state-file", ...common],
    required: ["state-file", "prometheus-url"],
    examples: [`bluegreen verify --state-file run.json ${metrics}`],
  },
  settle: {
    describe: "Step 4: results, exit code, a rollback if asked for",
    names: [
      ...[...following, ...waiting, ...proving, ...commit],
      ...[...policy, ...reports, "results-dir", "state-file", ...common],
    ] as readonly OptionName[],
    required: ["state-file"],
    examples: ["bluegreen settle --state-file run.json --results-dir /tekton/results"],
  },
};

export function isAction(text: string): text is Action {
  return actions.some((action) => action === text);
}
