import type { QueryFinding } from "../promql/verdict.ts";
import type { Evidence, Finding } from "./judge.ts";

/** What one look proves, in samples mode or in PromQL mode. */
export type Proof = (Finding | QueryFinding) & Evidence;
