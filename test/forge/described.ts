/** Read by the compiler alone (`npm run typecheck`): the published descriptions of both APIs have what we read. */
import type { components } from "@octokit/openapi-types";
import type { PullRequest } from "gitea-js";
import type { InferInput } from "valibot";
import type { giteaPull } from "../../src/forge/gitea.ts";
import type { githubListedPull, githubPull } from "../../src/forge/github.ts";

type Schemas = components["schemas"];

/** Fails to compile where a description lacks a field that we read, or has it of another type. */
export const described: [
  Schemas["pull-request"] extends InferInput<typeof githubPull> ? true : never,
  Schemas["pull-request-simple"] extends InferInput<typeof githubListedPull> ? true : never,
  // Gitea's description calls every field optional.
  Required<PullRequest> extends InferInput<typeof giteaPull> ? true : never,
] = [true, true, true];
