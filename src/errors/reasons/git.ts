/** What the Git server says, or does not say. */
import type { Reason } from "../reason.ts";

export const git = {
  GIT_AUTH: {
    outcome: "ERROR",
    class: "gitAccess",
    retryable: false,
    what: "The Git server refused the credentials",
    why: "Missing, wrong or expired credentials, or no right to this repository.",
    next: "Check the git-auth Secret (user name, token, right to write) or BLUEGREEN_GIT_USERNAME / BLUEGREEN_GIT_PASSWORD.",
  },
  GIT_NOT_FOUND: {
    outcome: "ERROR",
    class: "gitAccess",
    retryable: false,
    what: "The Git repository or branch was not found",
    why: "A wrong URL or branch, or a private repository that these credentials may not see.",
    next: "Check --git-url and --branch.",
  },
  GIT_PUSH_DECLINED: {
    outcome: "ERROR",
    class: "gitAccess",
    retryable: false,
    what: "The Git server declined the push",
    why: "A hook or a rule on the server; the evidence shows its own words.",
    next: "Do what the server's words ask for, or have this account excepted from the rule.",
  },
  GIT_BRANCH_PROTECTED: {
    outcome: "ERROR",
    class: "gitAccess",
    retryable: false,
    what: "The branch is protected: this account may not push to it",
    why: "A branch protection or a ruleset of the server; the evidence shows its own words.",
    next: "Use --push pull-request, or allow this account to push to the branch.",
  },
  GIT_COMMIT_RULE: {
    outcome: "ERROR",
    class: "gitAccess",
    retryable: false,
    what: "The Git server wants commits to look otherwise",
    why: "A rule about signature, sign-off, author or message; the evidence shows the server's own words.",
    next: "Set --signing-key, --sign-off, --commit-author, --commit-message or --commit-trailer as the rule wants it.",
  },
  GIT_UNREACHABLE: {
    outcome: "ERROR",
    class: "git",
    retryable: true,
    what: "The Git server cannot be reached",
    why: "Network, DNS, proxy or TLS trouble, a time-out, or an outage of the server.",
    next: "Run again when the server answers; for an unknown certificate authority pass --ca-file.",
  },
  GIT_PROTOCOL: {
    outcome: "ERROR",
    class: "git",
    retryable: true,
    what: "The Git server's answer makes no sense",
    why: "A proxy or a login page in between, or a fault of the server.",
    next: "Open the repository URL by hand and look at what answers.",
  },
  GIT_RACE_LOST: {
    outcome: "ERROR",
    class: "git",
    retryable: true,
    what: "The push lost every race until the deadline",
    why: "Others pushed to this branch faster than this run could.",
    next: "Run again, or raise --push-timeout.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
