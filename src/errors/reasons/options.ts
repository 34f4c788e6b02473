/** What a run was told, and the file that its steps hand on. */
import type { Reason } from "../reason.ts";

export const options = {
  INVALID_OPTION: {
    outcome: "ERROR",
    class: "configuration",
    retryable: false,
    what: "The configuration is not usable",
    why: "One or more options are missing or hold a value that cannot be used.",
    next: "Correct each option named above; `bluegreen <command> --help-all` lists them all.",
  },
  SIGNING_KEY_UNUSABLE: {
    outcome: "ERROR",
    class: "configuration",
    retryable: false,
    what: "The commit cannot be signed",
    why: "The key or the passphrase given for signing cannot make a valid signature; nothing was pushed.",
    next: "Give an OpenPGP private key that may sign and has not expired (--signing-key), and its passphrase.",
  },
  STATE_UNREADABLE: {
    outcome: "ERROR",
    class: "state",
    retryable: false,
    what: "The state file cannot be read",
    why: "await, verify and settle continue what mutate wrote; without it they do not know what to prove.",
    next: "Run `bluegreen mutate` first, with the same --state-file on every step.",
  },
  STATE_UNWRITABLE: {
    outcome: "ERROR",
    class: "state",
    retryable: false,
    what: "The state file cannot be written",
    why: "The folder is missing, read-only or full.",
    next: "Point --state-file at a folder this process may write to (in a Task: an emptyDir).",
  },
  STATE_FOREIGN: {
    outcome: "ERROR",
    class: "state",
    retryable: false,
    what: "The state file belongs to something else",
    why: "It was written by another program, another version, another run or for another service.",
    next: "Give every run a state file of its own and start again with mutate.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
