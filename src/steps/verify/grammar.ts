/** What only a query of the user's own needs. It costs time to load, and each look asks for it again. */
import { once } from "../../once.ts";

export const loadGrammar = once(async () => ({
  ...(await import("../../core/promql/template.ts")),
  ...(await import("../../core/promql/types.ts")),
  ...(await import("../../core/promql/facts.ts")),
  ...(await import("../../core/promql/fitness.ts")),
  ...(await import("../../core/promql/problem.ts")),
}));
