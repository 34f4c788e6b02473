/** The change by a pull request. */
import type { Reason } from "../reason.ts";

export const forge = {
  FORGE_AUTH: {
    outcome: "ERROR",
    class: "gitAccess",
    retryable: false,
    what: "The Git server's API refused the credentials",
    why: "The token is missing, wrong or expired, or may not open and read pull requests of this repository.",
    next: "Give --git-api-token-file a token with the rights to it (Gitea: write:repository; GitHub: Pull requests, read and write).",
  },
  FORGE_NOT_FOUND: {
    outcome: "ERROR",
    class: "gitAccess",
    retryable: false,
    what: "The Git server's API does not know this repository",
    why: "Another kind of server or another address than assumed, or a private repository that this token may not see.",
    next: "Check --git-provider, --git-api-url, --git-url and the token's rights.",
  },
  PULL_REQUEST_REFUSED: {
    outcome: "ERROR",
    class: "gitAccess",
    retryable: false,
    what: "The Git server refused to open the pull request",
    why: "Pull requests are switched off, the repository is archived, or a rule of the server forbids this one.",
    next: "Look at the server's words above; change the repository's settings, or use --push direct.",
  },
  PULL_REQUEST_OUTDATED: {
    outcome: "REFUSED",
    class: "conflict",
    retryable: false,
    what: "This run's earlier branch or pull request means something else by now",
    why: "Since it was made the live revisions have changed; to merge it would cut over to what nobody checked.",
    next: "Close that pull request, delete its branch, and start a new run.",
  },
  PULL_REQUEST_CONFLICT: {
    outcome: "REFUSED",
    class: "conflict",
    retryable: true,
    what: "The pull request cannot be merged",
    why: "The target branch has changed in the same place, so a person has to say what is meant.",
    next: "Resolve the conflict on the pull request's page and run the same command again, or close it and start a new run.",
  },
  PULL_REQUEST_CLOSED: {
    outcome: "SUPERSEDED",
    class: "superseded",
    retryable: false,
    what: "The pull request was closed without a merge",
    why: "Somebody decided against this change; nothing was changed.",
    next: "Read the discussion on the pull request's page; start a new run if the change is still wanted.",
  },
  MERGE_TIMEOUT: {
    outcome: "ERROR",
    class: "timeout",
    retryable: true,
    what: "The pull request was not merged in time",
    why: "Nobody merged it before --merge-timeout; it stays open, and nothing was changed.",
    next: "Have it merged and run the same command with the same --run-id again: it goes on from there; or close it.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
