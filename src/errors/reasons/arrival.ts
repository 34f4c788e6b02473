/** The commit does not come into the cluster. */
import type { Reason } from "../reason.ts";

export const arrival = {
  EDIT_NOT_REACHED: {
    outcome: "FAIL",
    class: "notReached",
    retryable: false,
    what: "The edit did not reach the live InferenceService",
    why: "The chart ignores the key, Argo CD ignores the difference or does not watch this file, or the wrong file was edited.",
    next: "Check that the chart renders the value into spec.predictor.canaryTrafficPercent, that the Application syncs this path, and its ignoreDifferences.",
  },
  CHART_IGNORES_KEY: {
    outcome: "FAIL",
    class: "notReached",
    retryable: false,
    what: "The chart makes nothing of the value",
    why: "Argo CD has synced our commit, so what the chart renders does not hold the value (or a rule of argocd-cm ignores the difference).",
    next: "Render it (`helm template` with this file) and look for canaryTrafficPercent and the version; check --percent-path and --version-path.",
  },
  DIFFERENCE_IGNORED: {
    outcome: "FAIL",
    class: "notReached",
    retryable: false,
    what: "The Argo CD Application ignores the difference",
    why: "Its ignoreDifferences covers the field, so the live object may stay as it is and count as Synced.",
    next: "Take the entry named above out of ignoreDifferences (or sync with RespectIgnoreDifferences=false), then run the same command again.",
  },
  SYNC_WINDOW: {
    outcome: "FAIL",
    class: "notReached",
    retryable: false,
    what: "Argo CD does not sync now: a sync window",
    why: "A window of its project denies syncs; the edit stays in Git and will be applied, unattended, as soon as the window lets it.",
    next: "Roll back (the commit then waits as well), or run the same command again when the window is open.",
  },
  SYNC_MANUAL: {
    outcome: "FAIL",
    class: "notReached",
    retryable: false,
    what: "The Argo CD Application is not synced automatically",
    why: "It sees our commit and waits for somebody to sync it.",
    next: "Sync it, and run the same command again; or switch automated sync on.",
  },
  SYNC_REFUSED: {
    outcome: "FAIL",
    class: "notReached",
    retryable: false,
    what: "The sync of the edit failed",
    why: "The cluster or an admission webhook did not accept what Argo CD wanted to apply; the evidence shows the words.",
    next: "Mend what the words complain about, then run the same command again.",
  },
  WRONG_APPLICATION: {
    outcome: "FAIL",
    class: "notReached",
    retryable: false,
    what: "The Argo CD Application is not the one that deploys this edit",
    why: "It follows another repository or branch, or manages another InferenceService.",
    next: "Check --argocd-application, --git-url, --branch and --config-path against each other.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
