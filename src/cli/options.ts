/** Every option: one row each. The flag is `--name`, the variable `BLUEGREEN_NAME`; flags win over variables. */
import { parseExtraTrailer } from "../core/commit/extra.ts";
import { templateProblem } from "../core/commit/template.ts";
import type { Trailer } from "../core/commit/trailers.ts";
import { actions } from "../core/intent.ts";
import { readPayload } from "../core/probe/payload.ts";
import { isRecoverable, type RecoveryPolicy, recoverable } from "../core/recovery.ts";
import { printable } from "../core/text.ts";
import { runtimeChoices } from "../core/verdict/runtimes.ts";
import { parsePath } from "../core/yaml/path.ts";
import { providers } from "../forge/place.ts";
import { parseRemoteUrl } from "../git/url.ts";
import {
  bad,
  good,
  oneOf,
  type Parsed,
  type Parser,
  parseCount,
  parseDnsLabel,
  parseDuration,
  parseFlag,
  parseHttpUrl,
  parseInnerShare,
  parseLimit,
  parseModelName,
  parseModelVersion,
  parseNamespacedName,
  parsePerson,
  parsePositiveDuration,
  parseReportFile,
  parseRepositoryPath,
  parseRunId,
  parseSet,
  parseShare,
  parseText,
  upTo,
} from "./parse.ts";

export interface Option<T> {
  readonly parse: Parser<T>;
  readonly describe: string;
  /** Used where neither flag nor variable is given. */
  readonly fallback?: string;
  /** The fallback is an address inside of the cluster: outside it does not stand in for what is required. */
  readonly fallbackInPod?: true;
  readonly repeatable?: true;
  /** Read from the variable only: a secret must not stand in argv; other values are the Task's own business. */
  readonly variableOnly?: true;
}

function option<T>(
  parse: Parser<T>,
  describe: string,
  more: Omit<Option<T>, "parse" | "describe" | "repeatable"> = {},
): Option<T> {
  return { parse, describe, ...more };
}

/** Takes several values. Of a type of its own, so that `Values` can tell. */
function list<T>(parse: Parser<T>, describe: string): Option<T> & { readonly repeatable: true } {
  return { parse, describe, repeatable: true };
}

export const options = {
  action: option(oneOf(...actions), "What to do: stage, promote or rollback"),
  namespace: option(parseDnsLabel, "Namespace of the InferenceService, e.g. user1-test"),
  name: list(
    parseDnsLabel,
    "Name of the InferenceService, e.g. jukebox (repeatable: one commit for several models)",
  ),
  environment: option(
    parseDnsLabel,
    "Environment; part of the default --config-path (default: what follows the last hyphen of the namespace)",
  ),
  "model-version": list(
    parseModelVersion,
    "Model version (e.g. 9f86d08188) to stage; for promote the only one that may be promoted, for --restore-version the one to restore (one a --name, or one for all)",
  ),
  set: list(parseSetOption, "Further value for the stage commit, path=value (repeatable)"),

  "git-url": option(parseGitUrl, "GitOps repository, https URL without credentials"),
  branch: option(parseText, "Branch that Argo CD follows", { fallback: "main" }),
  "config-path": list(
    parseRepositoryPath,
    "File in the repository, one a --name (default: model-deployments/<environment>/<name>/config.yaml)",
  ),
  "percent-path": option(parseYamlPath, "Place of the traffic percent in the file", {
    fallback: "canary.trafficPercent",
  }),
  "version-path": option(parseYamlPath, "Place of the model version in the file", { fallback: "version" }),
  "commit-subject": option(
    parseSubject,
    "Commit subject; may hold {action} {name} {namespace} {version} {percent} {run}",
  ),
  "commit-message": option(
    parseMessage,
    "Commit subject and body, instead of --commit-subject; \\n begins a new line, placeholders as there",
  ),
  "commit-trailer": list(
    parseTrailer,
    "Further trailer of the commit, Key: value, placeholders as in the subject (repeatable)",
  ),
  "commit-author": option(parsePerson, "Author of the commit, Name <mail>", {
    fallback: "bluegreen <bluegreen@localhost>",
  }),
  "commit-committer": option(parsePerson, "Committer, Name <mail> (default: the author)"),
  "sign-off": option(parseFlag, "Add a Signed-off-by trailer of the committer", { fallback: "false" }),
  "signing-key": option(
    parseText,
    "Sign commits: file with an OpenPGP private key, or folder with the files private-key and passphrase",
  ),
  "signing-passphrase": option(parseText, "Passphrase of the signing key", { variableOnly: true }),
  "signing-passphrase-file": option(parseText, "File with the passphrase of the signing key"),
  push: option(
    oneOf("direct", "pull-request"),
    "How the change gets onto the branch: direct, or by a pull-request that somebody merges",
    { fallback: "direct" },
  ),
  "merge-timeout": option(parsePositiveDuration, "How long somebody may take to merge the pull request", {
    fallback: "1h",
  }),
  "git-provider": option(oneOf("auto", ...providers), "Kind of the Git server's API: gitea, github or auto", {
    fallback: "auto",
  }),
  "git-api-url": option(parseApiUrl, "Address of the Git server's API (default: told from --git-url)"),
  "git-api-token-file": option(
    parseText,
    "File with a token for the Git server's API (default: the credentials for Git)",
  ),
  "push-timeout": option(parsePositiveDuration, "How long a push may race other writers", { fallback: "2m" }),
  "git-username": option(parseText, "User name for Git (else $HOME/.git-credentials)", {
    variableOnly: true,
  }),
  "git-password": option(parseText, "Password or token for Git", { variableOnly: true }),
  "git-credentials-dir": option(
    parseText,
    "Folder with .git-credentials and .gitconfig, or with the files username and password, or token (default: $HOME)",
  ),
  "git-token-file": option(
    parseText,
    "File with a token for Git, read anew for each request; the user name is the server's convention or BLUEGREEN_GIT_USERNAME",
  ),
  "git-auth": option(
    oneOf("basic", "bearer"),
    "How the password or token goes to the Git server: basic, or as a bearer token (Azure DevOps, Bitbucket Data Center)",
    { fallback: "basic" },
  ),
  "ca-file": list(parseText, "PEM file with further certificate authorities (repeatable)"),
  "ca-dir": option(parseText, "Folder whose *.crt and *.pem files are further certificate authorities"),

  kubeconfig: option(parseText, "kubeconfig file (default: the ServiceAccount's folder, else $KUBECONFIG)"),
  context: option(parseText, "Context in the kubeconfig"),
  "argocd-application": list(
    parseNamespacedName,
    "Argo CD Application to watch, namespace/name (one a --name, or one for all)",
  ),
  timeout: option(parsePositiveDuration, "How long the rollout may take", { fallback: "30m" }),
  "progress-timeout": option(
    parsePatience,
    "How long a stage or promote may be stuck (nothing new happens, nothing is loading) before it fails; off: only --timeout ends it",
    { fallback: "10m" },
  ),
  "sync-timeout": option(parsePositiveDuration, "How long until the edit must reach the live object", {
    fallback: "6m",
  }),
  "sync-grace": option(parseDuration, "The same, once Argo CD reports the commit as synced", {
    fallback: "30s",
  }),
  "branch-interval": option(parsePositiveDuration, "How often to look for later commits", {
    fallback: "15s",
  }),

  "prometheus-url": option(parseHttpUrl, "Prometheus or Thanos", {
    fallback: "https://thanos-querier.openshift-monitoring.svc:9092",
    fallbackInPod: true,
  }),
  "prometheus-token-file": option(
    parseText,
    "File with the bearer token (default: the ServiceAccount's, if present)",
  ),
  "prometheus-auth-dir": option(
    parseText,
    "Folder with the file token, or username and password, and if needed headers (`Name: value` lines), for Prometheus",
  ),
  runtime: option(oneOf(...runtimeChoices), `Whose request counters are read: ${runtimeChoices.join(", ")}`, {
    fallback: "auto",
  }),
  "min-requests": option(parseCount, "Requests that a PASS must rest on", { fallback: "1" }),
  "max-leak": option(
    parseInnerShare,
    "Wait for as many requests as exclude (95 %) that this share still leaks to the other revision, e.g. 0.1%",
  ),
  promql: option(
    parseText,
    "Prove by this query instead, e.g. sum(rate(ovms_requests_success[$window])) by (pod); may hold $namespace $name $window $active $standby",
  ),
  "max-error-ratio": option(parseShare, "Check: share of the requests that may fail, e.g. 1%"),
  "max-latency": option(
    parsePositiveDuration,
    "Check: how long requests may take at the latency quantile, e.g. 500ms",
  ),
  "latency-quantile": option(parseInnerShare, "The share of the requests that --max-latency is for", {
    fallback: "0.95",
  }),
  check: list(
    parseText,
    'Check: [name:] QUERY => CONDITION, e.g. sum(rate(x{pod=~"$active-.*"}[$window])) => <= 1.2 * baseline (repeatable)',
  ),
  "check-delay": option(parseDuration, "From the cut-over to the first measurement of the checks", {
    fallback: "0s",
  }),
  "check-interval": option(parsePositiveDuration, "Pause between two measurements", { fallback: "10s" }),
  "check-count": option(parseCount, "Measurements that decide a check", { fallback: "1" }),
  "check-failure-limit": option(parseLimit, "Failed measurements that are tolerated", { fallback: "0" }),
  "check-success-limit": option(
    parseCount,
    "Successful measurements in a row that a check must reach, and passes with (default: no matter in which order)",
  ),
  "check-error-limit": option(parseLimit, "Measurements without an answer in a row that are tolerated", {
    fallback: "4",
  }),
  "check-dry-run": option(parseFlag, "Report the checks, but let them decide nothing", { fallback: "false" }),
  "baseline-window": option(
    parsePositiveDuration,
    "How long before the cut-over a check's baseline is made of",
    {
      fallback: "5m",
    },
  ),
  "verify-timeout": option(parsePositiveDuration, "How long to look for proof", { fallback: "5m" }),
  "verify-interval": option(parsePositiveDuration, "Pause between two queries", { fallback: "2s" }),
  "settle-time": option(
    parseDuration,
    "After the cut-over: requests under way may still end on the old revision",
    {
      fallback: "5s",
    },
  ),
  "max-errors": option(parseCount, "Failed queries in a row that end the verification", { fallback: "5" }),

  probe: option(
    oneOf("off", "auto", "always"),
    "Probe requests: auto sends them where no traffic is seen, and to a staged green; both need a payload",
    { fallback: "auto" },
  ),
  "probe-payload": option(
    parseProbePayload,
    "Body of a probe request, JSON of the V2 (Open Inference) protocol; may be logged",
  ),
  "probe-payload-file": option(parseText, "File with the body of a probe request"),
  "probe-model": option(
    parseModelName,
    "Name under which the model is served (default: the one in the counters, else the service's)",
  ),
  "probe-url": option(
    parseHttpUrl,
    "Where probe requests go, without /v2/… (default: the service's URL; for stage green's own)",
  ),
  "probe-count": option(upTo(1000, parseCount), "Probe requests in one round, at most 1000", {
    fallback: "10",
  }),
  "probe-rate": option(upTo(50, parseCount), "Probe requests a second, at most 50", { fallback: "5" }),
  "probe-token-file": option(
    parseText,
    "File with a bearer token for probe requests; sent over https only (default: none)",
  ),

  "on-failure": option(oneOf("hold", "rollback"), "What follows a failed promote: hold or rollback", {
    fallback: "hold",
  }),
  "rollback-on": option(
    parseCauses,
    "Outcomes and reasons, separated by commas, that --on-failure rollback undoes",
    { fallback: "FAIL" },
  ),

  "run-id": option(parseRunId, "Identifies the run; a retry passes the same (default: a new one)"),
  "taskrun-uid": option(parseRunId, "Set by the Task: the run's identity where no --run-id is given", {
    variableOnly: true,
  }),
  "undo-run": option(
    parseRunId,
    "rollback only: undo the promote of this run; if the values were changed since, do nothing",
  ),
  "restore-version": option(
    parseFlag,
    "rollback only: commit blue's version again (where a broken green blocks the rollback or KServe fell back to the wrong blue)",
    { fallback: "false" },
  ),
  watch: option(parseFlag, "Go on looking: draw anew on a terminal, else a block at each change"),
  "state-file": option(parseText, "JSON file that the steps hand on"),
  "results-dir": option(parseText, "Folder for one file per result, e.g. /tekton/results"),
  report: list(
    parseReportFile,
    "Write a report of the run: file that ends in .html (with a picture), .md or .json (repeatable)",
  ),
  "report-dir": option(parseText, "Folder for a report of each kind, named after the action and the model"),
  output: option(oneOf("text", "json"), "Form of the report: text or json", { fallback: "text" }),
  verbose: option(parseFlag, "Log more: each request, without secrets, and stacks of unexpected errors", {
    fallback: "false",
  }),
} as const;

export type OptionName = keyof typeof options;

type ValueOf<O> = O extends { readonly parse: Parser<infer T> }
  ? O extends { readonly repeatable: true }
    ? readonly T[]
    : T | undefined
  : never;

/** Parsed values by option; undefined where nothing was given and there is no fallback. */
export type Values = { readonly [N in OptionName]: ValueOf<(typeof options)[N]> };

export function variableOf(name: string): string {
  return `BLUEGREEN_${name.toUpperCase().replaceAll("-", "_")}`;
}

function parseCauses(text: string): Parsed<RecoveryPolicy["causes"]> {
  const causes = text.split(",").map((cause) => cause.trim());
  if (causes.every(isRecoverable)) return good(causes);
  const wrong = causes.find((cause) => !isRecoverable(cause)) ?? "";
  return bad(
    `must list ${recoverable.join(", ")} or reasons of these outcomes; “${printable(wrong, 40)}” is none`,
  );
}

/** A duration longer than 0, or `off`. */
function parsePatience(text: string): Parsed<number | "off"> {
  return text === "off" ? good(text) : parsePositiveDuration(text);
}

function parseYamlPath(text: string): Parsed<string> {
  const result = parsePath(text);
  return result.kind === "refused" ? bad(result.detail) : good(text);
}

function parseSetOption(text: string): Parsed<{ path: string; value: string }> {
  const parsed = parseSet(text);
  if (!parsed.ok) return parsed;
  const path = parseYamlPath(parsed.value.path);
  return path.ok ? parsed : bad(path.problem);
}

function parseProbePayload(text: string): Parsed<string> {
  const reading = readPayload(text);
  return reading.kind === "problem" ? bad(reading.problem) : good(reading.body);
}

function parseGitUrl(text: string): Parsed<string> {
  const result = parseRemoteUrl(text);
  return result.kind === "problem" ? bad(result.problem) : good(result.url);
}

/** Credentials go there: https, or this very machine. */
function parseApiUrl(text: string): Parsed<string> {
  const result = parseRemoteUrl(text);
  return result.kind === "problem"
    ? bad("must be an https URL without credentials, ? and #")
    : good(result.url);
}

function parseSubject(text: string): Parsed<string> {
  const problem = templateProblem(text);
  return problem === undefined ? parseText(text) : bad(problem);
}

/** What a field of a form or a line of YAML cannot hold, a line break, may be written as `\n`. */
function parseMessage(text: string): Parsed<string> {
  const message = text.replaceAll("\\n", "\n");
  if (message.trim() !== message.trimEnd()) return bad("must begin with the subject");
  if (message.length > longestMessage) return bad(`must be at most ${longestMessage} characters`);
  return parseSubject(message);
}

/** Servers and people read a commit's message whole. */
const longestMessage = 10_000;

function parseTrailer(text: string): Parsed<Trailer> {
  const result = parseExtraTrailer(text);
  return result.kind === "problem" ? bad(result.problem) : good(result.trailer);
}
