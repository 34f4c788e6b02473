import type { Target } from "./request.ts";

/** What is wrong with the API server at the moment. Set the fields at run time; the defaults mean: nothing. */
export interface Faults {
  /** Answer every request with this code. */
  status: 500 | 503 | undefined;
  /** Milliseconds by which every answer is late. */
  delayMs: number;
  /** Take requests and never answer them. */
  mute: boolean;
  /** Keep watches open and send nothing, no bookmark either. */
  silent: boolean;
  /** 401 for every token. */
  rejectTokens: boolean;
  /** Send half of every answer, then cut the connection. */
  half: boolean;
  /** Which requests the ones above hold for (all of them by default). */
  match: (target: Target | undefined) => boolean;
}

export function noFaults(): Faults {
  return {
    status: undefined,
    delayMs: 0,
    mute: false,
    silent: false,
    rejectTokens: false,
    half: false,
    match: () => true,
  };
}
