import * as v from "valibot";
import type { ApplicationReading } from "../core/application.ts";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";

const text = v.nullish(v.string());
const texts = v.nullish(v.array(v.string()), []);
const source = v.object({ repoURL: v.nullish(v.string(), "") });

const application = v.object({
  spec: v.optional(v.object({ source: v.nullish(source), sources: v.nullish(v.array(source), []) }), {}),
  status: v.optional(
    v.object({
      sync: v.optional(v.object({ status: text, revision: text, revisions: texts }), {}),
      health: v.optional(v.object({ status: text }), {}),
      operationState: v.nullish(v.object({ phase: text, message: text })),
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
  const { spec, status } = parsed.output;
  const { sync, health, operationState, conditions } = status;
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
  };
}

function shown(message: string | null | undefined): string | undefined {
  return message ? printable(message) : undefined;
}

function withoutCredentials(text: string): string {
  return text.replace(/^(https?:\/\/)[^/@]*@/, "$1");
}

function toList<T>(value: T | null | undefined | ""): readonly T[] {
  return value ? [value] : [];
}
