/** What the help shows first, and under which headings the rest stands. */
import { type CommandName, commands } from "./commands.ts";
import { type Option, type OptionName, options, variableOf } from "./options.ts";

/** Of each command the options that most runs need; all others are a `--help-all` away. */
const essential: ReadonlySet<OptionName> = new Set([
  "namespace",
  "name",
  "model-version",
  "git-url",
  "argocd-application",
  "prometheus-url",
  "probe-payload-file",
  "on-failure",
  "restore-version",
  "report",
  "watch",
  "output",
]);

export function isEssential(name: OptionName, command: CommandName): boolean {
  // A failed stage or rollback is never rolled back.
  if (name === "on-failure" && (command === "stage" || command === "rollback")) return false;
  return essential.has(name) || commands[command].required.includes(name);
}

/** The first thing that is said of an option. */
export function briefText({ describe }: Option<unknown>): string {
  return describe.split(/; | \(|, (?=one a |e\.g\. .* \()|: (?=auto )/)[0] ?? describe;
}

export function fullText(name: OptionName, { describe, fallback }: Option<unknown>): string {
  const value = fallback === undefined ? "" : `, default ${fallback}`;
  return `${describe} [${variableOf(name)}${value}]`;
}

/** Headings of `--help-all`; what stands under none is found under the last one. */
const groups: readonly (readonly [title: string, belongs: RegExp])[] = [
  [
    "Model and values:",
    /^(action|namespace|name|environment|model-version|set|(config|percent|version)-path)$/,
  ],
  ["Pull request:", /^(push|merge-timeout|git-provider|git-api-.*)$/],
  ["Commit:", /^(commit-.*|sign-off|signing-.*|push-timeout|undo-run)$/],
  ["Git:", /^(git-.*|branch)$/],
  ["Cluster and rollout:", /^(kubeconfig|context|argocd-.*|timeout|sync-.*|branch-interval)$/],
  ["Proof:", /^(prometheus-.*|runtime|min-requests|max-leak|promql|verify-.*|settle-time|max-errors)$/],
  ["Checks:", /^(check.*|max-error-ratio|max-latency|latency-quantile|baseline-window)$/],
  ["Probe requests:", /^probe/],
  ["After a failure:", /^(on-failure|rollback-on|restore-version)$/],
  ["Run, trust and output:", /^/],
];

export function groupOf(name: OptionName): string {
  return groups.find(([, belongs]) => belongs.test(name))?.[0] ?? "";
}

/** What must not stand in argv has no flag, and its variable has to be named somewhere. */
export function variablesText(names: readonly OptionName[]): string {
  const rows = names
    .map((name) => [name, options[name] as Option<unknown>] as const)
    .filter(([, { variableOnly }]) => variableOnly)
    .map(([name, { describe }]) => `  ${variableOf(name)}  ${describe}`);
  return rows.length === 0 ? "" : ["By variable only:", ...rows].join("\n");
}

export function moreText(command: CommandName, count: number): string {
  return `All ${count} options, each with its variable:  bluegreen ${command} --help-all`;
}
