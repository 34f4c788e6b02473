import type { MessageStyle } from "../../core/commit/message.ts";
import type { ModelRequest, Request } from "./prepare.ts";

/** What a run of `mutate` is asked for. */
export interface MutateRequest extends Request, MessageStyle {
  /** Further models, for the same commit. */
  readonly also?: readonly ModelRequest[];
  /** Name of the application, for the templates. */
  readonly application?: string | undefined;
  /** Milliseconds in which a push must win its race. */
  readonly pushTimeoutMs: number;
  /** Milliseconds in which somebody has to merge a pull request. */
  readonly mergeTimeoutMs?: number | undefined;
}
