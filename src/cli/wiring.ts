/** From option values to requests, limits and adapters. Adapters are loaded only when a step needs them: start-up counts. */

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ConfigLocation, Intent } from "../core/intent.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, Cluster, GitOps, GitRemote, Metrics } from "../ports.ts";
import type { AwaitLimits } from "../steps/await.ts";
import type { MutateRequest } from "../steps/mutate.ts";
import type { VerifyLimits } from "../steps/verify.ts";
import { systemClock } from "./clock.ts";
import type { Values } from "./options.ts";
import { need } from "./resolve.ts";
import type { Session } from "./session.ts";

/** Where the run's repository is. */
export interface Source {
  readonly gitUrl: string;
  readonly branch: string;
}

export interface Connections {
  readonly clock: Clock;
  cluster(): Promise<Cluster>;
  git(source: Source): Promise<GitRemote>;
  /** Undefined: no Application was named. */
  gitops(): Promise<GitOps | undefined>;
  metrics(namespace: string): Promise<Metrics>;
}

/** How long one HTTP request may take, in milliseconds. */
const requestTimeoutMs = 30_000;

export function mutateRequest(values: Values, intent: Intent): MutateRequest & Source {
  const name = need(values.name, "name");
  return {
    run: values["run-id"] ?? randomUUID(),
    service: { namespace: need(values.namespace, "namespace"), name },
    intent,
    location: locationOf(values, name),
    subject: values["commit-subject"],
    pushTimeoutMs: need(values["push-timeout"], "push-timeout"),
    gitUrl: need(values["git-url"], "git-url"),
    branch: need(values.branch, "branch"),
  };
}

function locationOf(values: Values, name: string): ConfigLocation {
  return {
    path:
      values["config-path"] ??
      `model-deployments/${need(values.environment, "environment")}/${name}/config.yaml`,
    percentPath: need(values["percent-path"], "percent-path"),
    versionPath: need(values["version-path"], "version-path"),
  };
}

export function awaitLimits(values: Values): AwaitLimits {
  return {
    timeoutMs: need(values.timeout, "timeout"),
    syncTimeoutMs: need(values["sync-timeout"], "sync-timeout"),
    syncGraceMs: need(values["sync-grace"], "sync-grace"),
    branchIntervalMs: need(values["branch-interval"], "branch-interval"),
  };
}

export function verifyLimits(values: Values): VerifyLimits {
  return {
    timeoutMs: need(values["verify-timeout"], "verify-timeout"),
    intervalMs: need(values["verify-interval"], "verify-interval"),
    settleSeconds: need(values["settle-time"], "settle-time") / 1000,
    maxErrors: need(values["max-errors"], "max-errors"),
  };
}
