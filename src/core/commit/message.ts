/** The message of a run's commit: a subject for people, trailers for the run that has to go on from here. */
import { Failure } from "../../errors/failure.ts";
import type { GitPerson } from "../../ports.ts";
import type { Expectation } from "../expectation.ts";
import type { Intent } from "../intent.ts";
import type { ConfigValues } from "../preflight.ts";
import type { ServiceRef } from "../world.ts";
import { defaultSubjects, renderSubject, splitMessage } from "./subject.ts";
import { renderTemplate, type TemplateValues } from "./template.ts";
import { formatMessage, serviceTrailer, type Trailer, type Trailers } from "./trailers.ts";

/** What a team wants its commits to say beside what bluegreen itself has to. Texts are templates. */
export interface MessageStyle {
  readonly subject?: string | undefined;
  /** Subject and body; goes before `subject`. */
  readonly message?: string | undefined;
  readonly trailers?: readonly Trailer[];
  /** Who signs the commit off; absent: nobody does. */
  readonly signOff?: GitPerson | undefined;
}

export interface MessageRequest extends MessageStyle {
  readonly run: string;
  readonly service: ServiceRef;
  readonly intent: Intent;
  readonly application?: string | undefined;
}

/** One model that a commit is about. */
export interface EditedModel {
  readonly service: ServiceRef;
  readonly intent: Intent;
  /** Git's before the commit. */
  readonly values: ConfigValues;
  readonly expectation: Expectation;
}

/** `values`: Git's before the commit; `also`: the further models that it is about. Throws Failure INVALID_OPTION for a template that cannot be filled in. */
export function commitMessage(
  request: MessageRequest,
  values: ConfigValues,
  expectation: Expectation,
  also: readonly EditedModel[] = [],
): string {
  const { action } = request.intent;
  const models = [{ service: request.service, intent: request.intent, values, expectation }, ...also];
  const name = listed(models.map(({ service }) => service.name));
  const known: TemplateValues = {
    action,
    name,
    namespace: listed(models.map(({ service }) => service.namespace)),
    application: request.application ?? name,
    percent: String(expectation.percent),
    run: request.run,
    ...versionValue(models),
  };
  const template =
    request.message === undefined
      ? { subject: request.subject ?? defaultSubjects[action], body: "" }
      : splitMessage(request.message);
  const rendered = renderSubject(template.subject, known);
  if (rendered.kind === "problem") throw new Failure("INVALID_OPTION", rendered.problem);
  return formatMessage({
    subject: rendered.subject,
    body: fillIn(template.body, known),
    trailers: trailersOf(request.run, {
      service: request.service,
      intent: request.intent,
      values,
      expectation,
    }),
    also: also.map((model) => trailersOf(request.run, model)),
    extra: (request.trailers ?? []).map(({ token, value }) => ({ token, value: fillIn(value, known) })),
    signOff: signatureOf(request.signOff),
  });
}

function fillIn(template: string, values: TemplateValues): string {
  const rendered = renderTemplate(template, values);
  if (rendered.kind === "problem") throw new Failure("INVALID_OPTION", rendered.problem);
  return rendered.text;
}

function signatureOf(person: GitPerson | undefined): string | undefined {
  return person === undefined ? undefined : `${person.name} <${person.email}>`;
}

/** Each once: models of one build share their version. */
function listed(texts: readonly string[]): string {
  return [...new Set(texts)].join(", ");
}

function trailersOf(run: string, { service, intent, values, expectation }: EditedModel): Trailers {
  const { action } = intent;
  // Green has no name before the commit, so `stage` names only the revision that has to stay live, and what cannot be green.
  const names =
    action === "stage"
      ? { "Bluegreen-From-Revision": expectation.active ?? "", ...newestOf(intent, values, expectation) }
      : {
          "Bluegreen-From-Revision": expectation.standby ?? "",
          "Bluegreen-To-Revision": expectation.active ?? "",
        };
  return {
    "Bluegreen-Action": action,
    "Bluegreen-Run": run,
    "Bluegreen-Service": serviceTrailer(service),
    ...(intent.restore === true ? { "Bluegreen-Restore-Version": intent.version } : {}),
    ...names,
    "Bluegreen-From-Value": String(values.percent ?? ""),
    "Bluegreen-To-Value": String(expectation.percent),
  };
}

/** The newest revision before a stage that changes other values only: it runs the same version, and is not green. */
function newestOf({ version }: Intent, values: ConfigValues, { known }: Expectation): Trailers {
  const [newest] = version === values.version ? known.toSorted().reverse() : [];
  return newest === undefined ? {} : { "Bluegreen-After-Revision": newest };
}

function versionValue(models: readonly EditedModel[]): { version?: string } {
  const versions = models.flatMap(({ intent, values }) => intent.version ?? values.version ?? []);
  return versions.length === 0 ? {} : { version: listed(versions) };
}
