import type { MessageStyle } from "../../core/commit/message.ts";
import type { ConfigLocation, Guard, Intent } from "../../core/intent.ts";
import type { ServiceRef } from "../../core/world.ts";

/** What is to happen to one model. */
export interface ModelRequest {
  readonly service: ServiceRef;
  readonly intent: Intent;
  readonly location: ConfigLocation;
  readonly guard?: Guard;
}

export interface Request extends ModelRequest {
  /** Identifies the run in the commit's trailers; a retry of the same run has the same id. */
  readonly run: string;
  /** The id was made just now, so that no commit can bear it. */
  readonly isNew?: boolean | undefined;
}

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
