/** Something else is rolled out than was meant, or nothing. */
import type { Reason } from "../reason.ts";

export const rollout = {
  WRONG_BLUE: {
    outcome: "FAIL",
    class: "rollout",
    retryable: false,
    what: "KServe fell back to the wrong blue revision",
    why: "A known race between Knative's reconcilers: the revision that was live before lost its traffic to an older one.",
    next: "Run `bluegreen rollback --restore-version` (in a Task: the param restore-version): it makes the version that was live before a new revision and lets that in; percent 100 does not repair this.",
  },
  WRONG_REVISION: {
    outcome: "FAIL",
    class: "rollout",
    retryable: false,
    what: "Another revision than the one named beforehand has the traffic",
    why: "A revision that nobody approved came in between (a version staged on top, or an older rollout).",
    next: "Roll back at once if that revision must not serve, then stage and promote again.",
  },
  MODE_CHANGED: {
    outcome: "FAIL",
    class: "rollout",
    retryable: false,
    what: "The InferenceService left Knative mode",
    why: "In Standard (RawDeployment) mode KServe ignores canaryTrafficPercent.",
    next: "Look at the annotation serving.kserve.io/deploymentMode in the chart and set it back.",
  },
  SERVICE_DELETED: {
    outcome: "FAIL",
    class: "rollout",
    retryable: false,
    what: "The InferenceService disappeared",
    why: "It was deleted while this run waited for it; one that is made anew has other revisions under the same names.",
    next: "Find out who deleted it (Argo CD prune? another person?).",
  },
  ROLLBACK_BLOCKED: {
    outcome: "FAIL",
    class: "timeout",
    retryable: false,
    what: "The rollback is blocked by a broken green revision",
    why: "Knative does not move any traffic while a revision named in the route is not ready.",
    next: "Run `bluegreen rollback --restore-version` (in a Task: the param restore-version): it commits blue's model version again, which makes a new revision that green cannot block.",
  },
  ROLLOUT_TIMEOUT: {
    outcome: "FAIL",
    class: "timeout",
    retryable: false,
    what: "The rollout did not finish in time",
    why: "The cluster took the edit, but the traffic or a ready pod did not follow before the deadline.",
    next: "Look at what was still missing above; run the same command again to go on waiting.",
  },
  NO_FIRST_DEPLOYMENT: {
    outcome: "FAIL",
    class: "timeout",
    retryable: false,
    what: "This turned out to be no first deployment",
    why: "Nothing was live when the run looked, so no revision could be named that is to stay live; then an InferenceService came with revisions of its own: it was made anew, or an earlier version was still being deployed.",
    next: "Look at who serves (`oc get isvc`). If that is right, run the same command again: it takes what is live now for the revision that is to stay so.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
