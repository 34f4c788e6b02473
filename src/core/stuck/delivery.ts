/** Why an edit that is in Git does not reach the live object, as far as its Argo CD Application tells. */
import { type ApplicationReading, type IgnoredDifference, sameRepository } from "../application.ts";
import type { ServiceRef } from "../world.ts";
import { type Finding, oc, said, word } from "./finding.ts";

export interface Delivery {
  readonly service: ServiceRef;
  readonly application: ApplicationReading;
  /** Where it is, for a command line; absent: unknown. */
  readonly place?: ServiceRef | undefined;
  readonly git: { readonly url: string; readonly branch: string; readonly path: string };
  /** Whether it reports our commit, or a descendant, as synced. */
  readonly taken: boolean;
  /** Whether it has compared with our commit, or a descendant, synced or not. */
  readonly compared: boolean;
  /** When it compared with Git last, in its own words, where that was before our commit as far as is known. */
  readonly silentSince?: string | undefined;
}

type Look = (delivery: Delivery) => Finding | undefined;

/** The first cause that shows; undefined where nothing does. */
export function deliveryFinding(delivery: Delivery): Finding | undefined {
  for (const look of delivery.silentSince === undefined ? looks : looksOfSilent) {
    const finding = look(delivery);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** What it says of syncs is of earlier commits then. What it is told to follow stands, whether it looks or not. */
const looksOfSilent: readonly Look[] = [otherRepository, otherBranch, silent];

const looks: readonly Look[] = [
  syncWindow,
  syncRefused,
  otherService,
  otherRepository,
  otherBranch,
  ignoredDifference,
  chartIgnores,
  notAutomated,
  heldBack,
];

/** It does not run, or cannot reach Git, or its next look is far away: whether the edit does anything nobody has seen. */
function silent(delivery: Delivery): Finding {
  return {
    reason: "ARGOCD_SILENT",
    evidence: `its Application shows no look at Git since our commit, the last was at ${said(delivery.silentSince)}`,
    command: get(delivery, "{.status.reconciledAt}"),
  };
}

/** Its own words (argo-cd, controller/sync.go). */
function syncWindow(delivery: Delivery): Finding | undefined {
  const { operationMessage = "" } = delivery.application;
  if (!/blocked by (a )?(current )?sync window/i.test(operationMessage)) return undefined;
  return { reason: "SYNC_WINDOW", evidence: said(operationMessage), command: windows(delivery) };
}

function syncRefused(delivery: Delivery): Finding | undefined {
  const { operationPhase = "", operationMessage, syncStatus } = delivery.application;
  if (syncStatus === "Synced" || !["Failed", "Error"].includes(operationPhase)) return undefined;
  return {
    reason: "SYNC_REFUSED",
    evidence: `the last sync: ${operationPhase}: ${said(operationMessage)}`,
    command: get(delivery, "{.status.operationState.message}"),
  };
}

function otherService(delivery: Delivery): Finding | undefined {
  const { service, application } = delivery;
  const { manages } = application;
  if (manages === undefined) return undefined;
  if (manages.some(({ namespace, name }) => namespace === service.namespace && name === service.name)) {
    return undefined;
  }
  const others = manages.slice(0, 3).map(({ namespace, name }) => `${namespace}/${name}`);
  const instead = others.length === 0 ? "no InferenceService" : others.join(", ");
  return {
    reason: "WRONG_APPLICATION",
    evidence: `it manages ${said(instead)}, not ${service.namespace}/${service.name}`,
    command: get(delivery, "{.status.resources}"),
  };
}

function otherRepository(delivery: Delivery): Finding | undefined {
  const { application, git } = delivery;
  const { repositories } = application;
  if (repositories.length === 0 || repositories.some((each) => sameRepository(each, git.url)))
    return undefined;
  return {
    reason: "WRONG_APPLICATION",
    evidence: `it follows ${said(repositories.join(", "))}, not ${git.url}`,
    command: get(delivery, "{.spec.source}{.spec.sources}"),
  };
}

function otherBranch(delivery: Delivery): Finding | undefined {
  const { application, git, compared } = delivery;
  const { repositories, targets = [] } = application;
  const followed = targets.filter((_, index) => sameRepository(repositories[index] ?? "", git.url));
  // HEAD is the default branch, whichever that is.
  const ours = followed.some((target) =>
    [git.branch, `refs/heads/${git.branch}`, "HEAD", ""].includes(target),
  );
  if (compared || followed.length === 0 || ours) return undefined;
  return {
    reason: "WRONG_APPLICATION",
    evidence: `it follows ${said(followed.join(", "))} of the repository, not branch ${git.branch}`,
    command: get(delivery, "{.spec.source}{.spec.sources}"),
  };
}

function ignoredDifference(delivery: Delivery): Finding | undefined {
  const { application, service } = delivery;
  const path = (application.ignores ?? [])
    .filter((entry) => isAbout(entry, service))
    .flatMap(({ paths }) => paths)
    .find(hidesOurs);
  if (path === undefined) return undefined;
  return {
    reason: "DIFFERENCE_IGNORED",
    evidence: `ignoreDifferences holds ${said(path)}`,
    command: get(delivery, "{.spec.ignoreDifferences}"),
  };
}

function isAbout({ name }: IgnoredDifference, service: ServiceRef): boolean {
  return name === undefined || name === "*" || name === service.name;
}

/** Pointers to the percent, to the model's URI, or to what holds one of them. */
function hidesOurs(path: string): boolean {
  if (path.startsWith("managedFieldsManagers")) return true;
  const parts = path.split(/[/.[\]"]+/).filter((part) => part !== "");
  if (parts.some((part) => part === "canaryTrafficPercent" || part === "storageUri")) return true;
  return ["spec", "spec predictor", "spec predictor model"].includes(parts.join(" "));
}

/** It says that the live object is as Git has it, and it is not as we committed it. */
function chartIgnores(delivery: Delivery): Finding | undefined {
  const { taken, git, service } = delivery;
  if (!taken) return undefined;
  return {
    reason: "CHART_IGNORES_KEY",
    evidence: `the chart was given ${git.path}`,
    command: oc(
      service.namespace,
      `get inferenceservice ${word(service.name)} -o jsonpath='{.spec.predictor}'`,
    ),
  };
}

function notAutomated(delivery: Delivery): Finding | undefined {
  const { compared, application } = delivery;
  if (!compared || application.automated !== false || application.syncStatus !== "OutOfSync")
    return undefined;
  return {
    reason: "SYNC_MANUAL",
    evidence: "it is OutOfSync at our commit, and has no automated sync",
    command: `argocd app sync ${word(delivery.place?.name ?? "")}`,
  };
}

/** Nothing was done with our commit, and nothing is being done: what is left is a window, of which the Application says nothing by itself. */
function heldBack(delivery: Delivery): Finding | undefined {
  const { compared, application } = delivery;
  const { automated, syncStatus, operationPhase, operated = [], revisions } = application;
  const idle = operationPhase !== "Running" && !operated.some((each) => revisions.includes(each));
  if (!compared || automated !== true || syncStatus !== "OutOfSync" || !idle) return undefined;
  return {
    reason: "SYNC_WINDOW",
    evidence:
      "it is OutOfSync at our commit, would sync by itself, and no sync begins: a sync window may deny it",
    command: windows(delivery),
  };
}

function windows({ application, place }: Delivery): string {
  const project = word(application.project ?? "default");
  return oc(place?.namespace ?? "", `get appproject ${project} -o jsonpath='{.spec.syncWindows}'`);
}

function get({ place }: Delivery, path: string): string {
  return oc(place?.namespace ?? "", `get application ${word(place?.name ?? "")} -o jsonpath='${path}'`);
}
