import type { Attempt } from "./answers.ts";

/** Who a bearer token stands for. */
export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** A set of rights, as a Role's rule plus where and for whom it holds. `*` stands for everything. */
export interface Rule {
  /** Users it holds for; absent: everybody who is authenticated. */
  readonly users?: readonly string[];
  readonly verbs: readonly string[];
  /** API groups; "" is the core group. */
  readonly groups: readonly string[];
  /** Plurals, with subresources as `inferenceservices/status`. */
  readonly resources: readonly string[];
  /** Absent: everywhere, the cluster scope included. */
  readonly namespaces?: readonly string[];
  readonly resourceNames?: readonly string[];
}

export type Authorize = (attempt: Attempt) => boolean;

export const everything: Rule = { verbs: ["*"], groups: ["*"], resources: ["*"] };

/** RBAC: what no rule grants is refused. */
export function authorizeBy(rules: readonly Rule[]): Authorize {
  return (attempt) => rules.some((rule) => grants(rule, attempt));
}

function grants(rule: Rule, attempt: Attempt): boolean {
  const { user, verb, group, resource, namespace, name } = attempt;
  const includes = (list: readonly string[], value: string) => list.includes("*") || list.includes(value);
  return (
    (rule.users === undefined || includes(rule.users, user)) &&
    includes(rule.verbs, verb) &&
    includes(rule.groups, group) &&
    includes(rule.resources, resource) &&
    (rule.namespaces === undefined || (namespace !== undefined && rule.namespaces.includes(namespace))) &&
    (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name)))
  );
}

/** The user of a request, or undefined for 401. */
export function identify(
  header: string | undefined,
  tokens: ReadonlyMap<string, Identity>,
): Identity | undefined {
  const match = /^Bearer (\S+)$/.exec(header ?? "");
  return match === null ? undefined : tokens.get(match[1] ?? "");
}
