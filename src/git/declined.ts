/** Why a server declined a push, told from what it and the hooks on it wrote. */
import type { ReasonId } from "../errors/catalogue.ts";

type Declined = Extract<ReasonId, "GIT_BRANCH_PROTECTED" | "GIT_COMMIT_RULE" | "GIT_PUSH_DECLINED">;

/** The branch takes pull requests only: GitHub's rulesets, Bitbucket, Azure DevOps. */
const pullRequestWords =
  /(?:through|via|using|use) a pull request|through pull requests|pull request (?:is )?required|TF402455/i;

/**
 * The commit itself is not as the server wants it: GitHub (GH007 is a private mail address; rulesets and protection name
 * the rule), GitLab's push rules, hooks that look for a sign-off.
 */
const commitWords =
  /GH007|verified signatures?|must be signed|unsigned commit|not signed|signed[- ]off|\bDCO\b|commit message (?:does not|must|contains)|(?:author|committer)(?:'s)? (?:e-?mail|'[^']*'|is not|must)|not a member of team|do not have access to push commits authored/i;

/** GH006 and GH013 are GitHub's; the rest GitLab's, Gitea's, Gerrit's and Azure DevOps' own words. */
const protectedWords =
  /GH006|GH013|protected (?:branch|ref)|branch is protected|restricted branch|prohibited by gerrit|TF401027/i;

/** `text`: what the server said, in one piece. What has to go through a pull request comes before the commit's looks. */
export function declinedReason(text: string): Declined {
  if (pullRequestWords.test(text)) return "GIT_BRANCH_PROTECTED";
  if (commitWords.test(text)) return "GIT_COMMIT_RULE";
  return protectedWords.test(text) ? "GIT_BRANCH_PROTECTED" : "GIT_PUSH_DECLINED";
}
