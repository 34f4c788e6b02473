/** What a run is for. */
import type { Reason } from "../reason.ts";

export const proven = {
  CUT_OVER_PROVEN: {
    outcome: "PASS",
    class: "ok",
    retryable: false,
    what: "The cut-over is proven",
    why: "Only pods of the intended revision answered inference requests since the cut-over.",
    next: "Nothing.",
  },
  STAGE_PROVEN: {
    outcome: "PASS",
    class: "ok",
    retryable: false,
    what: "The version is staged, and who serves is proven",
    why: "The new revision is ready, and only pods of the revision that was live before answered inference requests since. A first deployment is live itself.",
    next: "Promote it, or stage another version in its place.",
  },
  ALREADY_THERE: {
    outcome: "UNCHANGED",
    class: "ok",
    retryable: false,
    what: "The wanted state was there already, and is proven",
    why: "The file held the wanted values, so no commit was made; the rest of the chain was proven as after a commit.",
    next: "Nothing.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
