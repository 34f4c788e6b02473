import type { RunState } from "../core/run-state.ts";
import type { Found } from "../steps/mutate.ts";
import type { Console } from "./console.ts";
import type { Values } from "./options.ts";
import type { Ended, Reporting } from "./report.ts";
import type { Environment } from "./resolve.ts";

/** What a command is run with. */
export interface Session extends Console {
  readonly values: Values;
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** The state as the last step left it, for whoever has to report a step that broke. */
  readonly kept: { state?: RunState; found?: readonly Found[] };
  /** Writes the reports that were asked for; what goes wrong with them is a warning. */
  writeReports(ended: Ended, traffic?: Reporting["traffic"]): Promise<void>;
}
