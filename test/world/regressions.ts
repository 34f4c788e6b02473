/** Seeds that once found something, and what. A change of `story.ts` gives seeds other stories; the tests beside the code stay. */
export interface Regression {
  readonly seed: number;
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
    seed: 4049,
    what: "the oracle's own: a first deployment that turned out to be none",
  },
];
