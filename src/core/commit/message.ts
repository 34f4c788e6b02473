/** The message of a run's commit: a subject for people, trailers for the run that has to go on from here. */
import { Failure } from "../../errors/failure.ts";
import type { Expectation } from "../expectation.ts";
import type { Intent } from "../intent.ts";
import type { ConfigValues } from "../preflight.ts";
import type { ServiceRef } from "../world.ts";
import { defaultSubjects, renderSubject } from "./subject.ts";
import { formatMessage, type Trailers } from "./trailers.ts";

export interface MessageRequest {
  readonly run: string;
  readonly service: ServiceRef;
  readonly intent: Intent;
  readonly subject?: string | undefined;
  readonly application?: string | undefined;
}

/** `values`: Git's before the commit. Throws Failure INVALID_OPTION for a subject template that cannot be filled in. */
export function commitMessage(
  request: MessageRequest,
  values: ConfigValues,
  expectation: Expectation,
): string {
  const { action } = request.intent;
  const rendered = renderSubject(request.subject ?? defaultSubjects[action], {
    action,
    name: request.service.name,
    namespace: request.service.namespace,
    application: request.application ?? request.service.name,
    percent: String(expectation.percent),
    ...versionValue(request.intent, values),
  });
  if (rendered.kind === "problem") throw new Failure("INVALID_OPTION", rendered.problem);
  return formatMessage({ subject: rendered.subject, trailers: trailersOf(request, values, expectation) });
}

export function serviceTrailer(ref: ServiceRef): string {
  return `${ref.namespace}/${ref.name}`;
}

function trailersOf(request: MessageRequest, values: ConfigValues, expectation: Expectation): Trailers {
  const { action } = request.intent;
  // Green has no name before the commit, so `stage` names only the revision that has to stay live.
  const names =
    action === "stage"
      ? { "Bluegreen-From-Revision": expectation.active ?? "" }
      : {
          "Bluegreen-From-Revision": expectation.standby ?? "",
          "Bluegreen-To-Revision": expectation.active ?? "",
        };
  return {
    "Bluegreen-Action": action,
    "Bluegreen-Run": request.run,
    "Bluegreen-Service": serviceTrailer(request.service),
    ...names,
    "Bluegreen-From-Value": String(values.percent ?? ""),
    "Bluegreen-To-Value": String(expectation.percent),
  };
}

function versionValue(intent: Intent, values: ConfigValues): { version?: string } {
  const version = intent.version ?? values.version;
  return version === undefined ? {} : { version };
}
