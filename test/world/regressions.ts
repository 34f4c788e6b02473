import type { Depth } from "./story.ts";

/** Seeds that once found something, and what. A change of `story.ts` gives seeds other stories; the tests beside the code stay. */
export interface Regression {
  readonly seed: number;
  /** The story that it was; without extras and twists if absent (`--as plain`). */
  readonly depth?: Depth;
  /** What was wrong. */
  readonly what: string;
}

export const regressions: readonly Regression[] = [
  {
    seed: 31,
    what: "somebody changed our values in Git while `verify` looked: FAIL EDIT_NOT_REACHED in place of SUPERSEDED",
  },
  {
    seed: 5987,
    what: "somebody committed another version with percent 100, the cluster had not seen it yet: a promote named the live revision UNCHANGED",
  },
  {
    seed: 3325,
    what: "a rollback was killed after its push and somebody promoted again: the retry committed its rollback once more",
  },
  {
    seed: 4947,
    what: "a stage was killed after its push and somebody set another version: the retry staged its own once more",
  },
  {
    seed: 62,
    depth: "twisted",
    what: "the oracle's own: an InferenceService that was made anew is another one",
  },
  {
    seed: 4417,
    depth: "twisted",
    what: "somebody let another version in while a promote waited: WRONG_REVISION in place of SUPERSEDED; and the oracle did not know of another run's stage that was undone between two looks at the branch",
  },
  {
    seed: 8555,
    depth: "twisted",
    what: "an InferenceService came while a first deployment waited, with the names of revisions left over: ROLLOUT_TIMEOUT for want of a revision that was there; and the oracle compared revisions of two InferenceServices by their names",
  },
  {
    seed: 4049,
    what: "the oracle's own: a first deployment that turned out to be none",
  },
  {
    seed: 13759,
    depth: "extra",
    what: "a chart that ignored the percent let a staged version in: the restore waited for a new revision, and ended as ROLLOUT_TIMEOUT",
  },
  {
    seed: 7295,
    depth: "extra",
    what: "the oracle's own: KServe wanted another blue, which was broken, and blue served by a route that was refused",
  },
  {
    seed: 8625,
    depth: "extra",
    what: "the oracle's own: a restore that was cut off behind its first commit leaves no state file",
  },
  {
    seed: 1277,
    depth: "extra",
    what: "the sandbox's own: Argo CD never ended a sync whose change was taken back before it was applied",
  },
  {
    seed: 20067,
    depth: "twisted",
    what: "the oracle's own: a stage on top of a stage is not done by the revision of the one before",
  },
  {
    seed: 20070,
    depth: "twisted",
    what: "the oracle's own: a scrape between the last question and its answer cannot be held against the verdict",
  },
  {
    seed: 4176,
    depth: "extra",
    what: "by a query of the user's own: requests that began an idle pod's counter were in no rise: a false PASS",
  },
  {
    seed: 6823,
    depth: "extra",
    what: "the same of a leak that the query's short window had left behind",
  },
  {
    seed: 75,
    depth: "several",
    what: "one of two models failed, and the text did not tell how the other ended",
  },
  {
    seed: 3966,
    depth: "several",
    what: "somebody went another way in Git before a stage was tried again, which Argo CD never saw: the stage waited for a new revision, and ended as ROLLOUT_TIMEOUT with its own in place",
  },
  {
    seed: 7118,
    depth: "several",
    what: "the oracle's own: it did not count a read a second after the settle time as one",
  },
];
