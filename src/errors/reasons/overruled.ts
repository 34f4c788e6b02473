/** Somebody else decided. */
import type { Reason } from "../reason.ts";

export const overruled = {
  NOT_THE_RUNS_CHANGE: {
    outcome: "UNCHANGED",
    class: "superseded",
    retryable: false,
    what: "Nothing was rolled back: the last change is not the promote of that run",
    why: "A rollback with --undo-run undoes that run's own promote only; somebody has decided otherwise since.",
    next: "Look at the commit named above. To roll back all the same run `bluegreen rollback` without --undo-run.",
  },
  SUPERSEDED: {
    outcome: "SUPERSEDED",
    class: "superseded",
    retryable: false,
    what: "A later commit changed our value",
    why: "Somebody decided otherwise while this run waited; the outcome is theirs to judge.",
    next: "Look at the commit named above. Start a new run only if this change is still wanted.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
