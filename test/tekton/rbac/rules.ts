/** From RBAC objects, as they are applied, to rights that the sandbox's API enforces. */
import type { Rule } from "../../sandbox/api/access.ts";
import type { Document, JsonObject } from "../contract/documents.ts";
import { listAt } from "../contract/documents.ts";

/**
 * What ClusterRole `view` holds of ours where KServe and Knative aggregate into it: their own aggregation roles
 * (kserve-view, knative-serving-namespaced-view) and Kubernetes' own view.
 */
export const aggregatedView: JsonObject = {
  kind: "ClusterRole",
  metadata: { name: "view" },
  rules: [
    { apiGroups: ["serving.kserve.io"], resources: ["inferenceservices"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["serving.knative.dev"], resources: ["*"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["pods", "events"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: ["get", "list", "watch"] },
  ],
};

/** Throws Error for a binding to a role that is not among the documents. */
export function rulesOf(documents: readonly Document[]): readonly Rule[] {
  const objects = documents.map(({ content }) => content);
  return objects.filter(({ kind }) => kind === "RoleBinding").flatMap((binding) => bound(binding, objects));
}

function bound(binding: JsonObject, objects: readonly JsonObject[]): readonly Rule[] {
  const { namespace } = binding["metadata"] as JsonObject;
  const { kind, name } = binding["roleRef"] as JsonObject;
  const role = objects.find((object) => {
    const metadata = object["metadata"] as JsonObject;
    return (
      object["kind"] === kind &&
      metadata["name"] === name &&
      (kind === "ClusterRole" || metadata["namespace"] === namespace)
    );
  });
  if (role === undefined) throw new Error(`${kind} ${name} is not there`);
  const users = listAt(binding, "subjects").map((subject) => {
    return `system:serviceaccount:${subject["namespace"]}:${subject["name"]}`;
  });
  return listAt(role, "rules").map((rule) => ({
    users,
    namespaces: [String(namespace)],
    groups: rule["apiGroups"] as unknown as readonly string[],
    resources: rule["resources"] as unknown as readonly string[],
    verbs: rule["verbs"] as unknown as readonly string[],
    ...(rule["resourceNames"] === undefined
      ? {}
      : { resourceNames: rule["resourceNames"] as unknown as readonly string[] }),
  }));
}
