import * as v from "valibot";
import { type ApplicationReading, type IgnoredDifference, isSyncing } from "../core/application.ts";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";

const text = v.nullish(v.string());
const texts = v.nullish(v.array(v.string()), []);
const source = v.object({
  repoURL: v.nullish(v.string(), ""),
  targetRevision: v.fallback(v.nullish(v.string(), ""), ""),
});
const ignored = v.object({
  group: text,
  kind: v.nullish(v.string(), ""),
  name: text,
  jsonPointers: texts,
  jqPathExpressions: texts,
  managedFieldsManagers: texts,
});
const resource = v.object({
  group: text,
  kind: v.nullish(v.string(), ""),
  namespace: text,
  name: v.nullish(v.string(), ""),
});

const commits = v.fallback(v.nullish(v.object({ revision: text, revisions: texts })), undefined);

const application = v.object({
  operation: v.fallback(v.nullish(v.object({ sync: commits })), undefined),
  spec: v.optional(
    v.object({
      source: v.nullish(source),
      sources: v.nullish(v.array(source), []),
      project: v.fallback(text, undefined),
      destination: v.fallback(v.nullish(v.object({ namespace: text })), undefined),
      syncPolicy: v.fallback(
        v.nullish(v.object({ automated: v.nullish(v.object({ enabled: v.nullish(v.boolean()) })) })),
        undefined,
      ),
      ignoreDifferences: v.fallback(v.nullish(v.array(ignored), []), []),
    }),
    {},
  ),
  status: v.optional(
    v.object({
      resources: v.fallback(v.nullish(v.array(resource)), undefined),
      sync: v.optional(v.object({ status: text, revision: text, revisions: texts }), {}),
      health: v.optional(v.object({ status: text }), {}),
      reconciledAt: v.fallback(text, undefined),
      operationState: v.nullish(
        v.object({
          phase: text,
          message: text,
          syncResult: commits,
          operation: v.fallback(v.nullish(v.object({ sync: commits })), undefined),
        }),
      ),
      conditions: v.nullish(v.array(v.object({ type: v.string(), message: v.nullish(v.string(), "") })), []),
    }),
    {},
  ),
});

/**
 * Reads an Application v1alpha1. Several sources have their commits in `status.sync.revisions`, one source has it in
 * `status.sync.revision`. Throws Failure CLUSTER_ANSWER.
 */
export function readApplication(raw: unknown): ApplicationReading {
  const parsed = v.safeParse(application, raw);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue) ?? "the object";
    throw new Failure("CLUSTER_ANSWER", `Application: ${printable(where)}: ${printable(issue.message)}`);
  }
  const { spec, status, operation } = parsed.output;
  const { sync, health, operationState, conditions, resources, reconciledAt } = status;
  const sources = spec.sources?.length ? spec.sources : toList(spec.source);
  const revisions = sync.revisions?.length ? sync.revisions : toList(sync.revision);
  return {
    syncStatus: sync.status ?? undefined,
    healthStatus: health.status ?? undefined,
    revisions,
    repositories: sources.map((each) => withoutCredentials(each.repoURL ?? "")),
    operationPhase: operationState?.phase ?? undefined,
    operationMessage: shown(operationState?.message),
    conditions: (conditions ?? []).map(({ type, message }) => ({
      type,
      message: printable(message ?? ""),
    })),
    ...(reconciledAt ? { reconciledAt } : {}),
    ...syncOf(operation?.sync, operationState),
    project: spec.project ?? undefined,
    automated: isAutomated(spec.syncPolicy?.automated),
    targets: sources.map((each) => each.targetRevision ?? ""),
    manages: resources
      ?.filter(({ kind }) => kind === inferenceService)
      .map(({ namespace, name }) => ({
        namespace: namespace ?? spec.destination?.namespace ?? "",
        name: name ?? "",
      })),
    ignores: (spec.ignoreDifferences ?? []).flatMap(readIgnored),
  };
}

type Commits = v.InferOutput<typeof commits>;

/** `asked`: the operation that is asked for, which stays until it has ended (argo-cd, controller/appcontroller.go). */
function syncOf(
  asked: Commits,
  state: { phase?: string | null; syncResult?: Commits; operation?: { sync?: Commits } | null } | null = {},
): Pick<ApplicationReading, "requested" | "operated"> {
  const { phase, syncResult, operation } = state ?? {};
  const requested = isSyncing({ operationPhase: phase ?? undefined }) ? undefined : asked;
  // A sync that has just begun has no result yet.
  const { revision, revisions } = requested ?? syncResult ?? operation?.sync ?? {};
  return {
    requested: requested !== undefined && requested !== null,
    operated: revisions?.length ? revisions : toList(revision),
  };
}

const inferenceService = "InferenceService";

/** `enabled: false` switches it off since Argo CD 3.1. */
function isAutomated(automated: { readonly enabled?: boolean | null } | null | undefined): boolean {
  return automated !== undefined && automated !== null && automated.enabled !== false;
}

function readIgnored(entry: v.InferOutput<typeof ignored>): IgnoredDifference[] {
  const { group, kind, name, jsonPointers, jqPathExpressions, managedFieldsManagers } = entry;
  const applies =
    [inferenceService, "*"].includes(kind ?? "") && [undefined, null, "", "*", kserve].includes(group);
  if (!applies) return [];
  const managers = (managedFieldsManagers ?? []).map((manager) => `managedFieldsManagers: ${manager}`);
  const paths = [...(jsonPointers ?? []), ...(jqPathExpressions ?? []), ...managers];
  return [{ name: name || undefined, paths: paths.map((path) => printable(path, 200)) }];
}

const kserve = "serving.kserve.io";

function shown(message: string | null | undefined): string | undefined {
  return message ? printable(message) : undefined;
}

function withoutCredentials(text: string): string {
  return text.replace(/^(https?:\/\/)[^/@]*@/, "$1");
}

function toList<T>(value: T | null | undefined | ""): readonly T[] {
  return value ? [value] : [];
}
