/** What keeps a rollout from coming to its end: a cause of the catalogue, with what was seen of it. */
import type { ReasonId } from "../../errors/catalogue.ts";
import { printable } from "../text.ts";

export interface Finding {
  readonly reason: ReasonId;
  /** One line. */
  readonly evidence: string;
  /** A command line that shows more, or mends it. */
  readonly command: string;
}

/** An Event of Kubernetes: what some controller or kubelet had to say about an object. */
export interface EventReading {
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly name: string;
}

/** A name for a command line that people paste: what no object can be called is left for them to fill in. */
export function word(name: string): string {
  return /^[a-z0-9][a-z0-9.-]{0,252}$/.test(name) ? name : "NAME";
}

/** `oc`, as in the course; kubectl takes the same arguments. */
export function oc(namespace: string, rest: string): string {
  return `oc -n ${word(namespace)} ${rest}`;
}

/** What somebody said, for a line of evidence: in quotation marks only where there is something. */
export function said(...parts: readonly (string | undefined)[]): string {
  const texts = parts.filter((part) => part !== undefined && part.trim() !== "");
  return texts.length === 0 ? "no reason given" : printable(texts.join(": "), 300);
}

/** What a run was about, as far as a command line needs it. */
export interface About {
  readonly service: { readonly namespace: string; readonly name: string };
  readonly git: {
    readonly url: string;
    readonly branch: string;
    readonly location: { readonly path: string };
  };
}

/** The way out where no percent leads back: the version that was live before as a new revision. */
export function restoreCommand({ service, git }: About): string {
  const parts = [
    `--namespace ${word(service.namespace)} --name ${word(service.name)}`,
    `--git-url ${argument(git.url)} --branch ${argument(git.branch)}`,
    `--config-path ${argument(git.location.path)}`,
  ];
  return `bluegreen rollback --restore-version ${parts.join(" ")}`;
}

/** Goes on with the automatic rollback of a run, and touches nothing that somebody else has decided since. */
export function undoCommand(run: string, models: readonly [About, ...About[]]): string {
  const [{ service, git }] = models;
  const parts = [
    `--run-id ${argument(run)} --undo-run ${argument(run)} --namespace ${word(service.namespace)}`,
    ...models.map((each) => `--name ${word(each.service.name)}`),
    `--git-url ${argument(git.url)} --branch ${argument(git.branch)}`,
    ...models.map((each) => `--config-path ${argument(each.git.location.path)}`),
  ];
  return `bluegreen rollback ${parts.join(" ")}`;
}

/** As `word`, of a URL, a branch or a path. */
function argument(text: string): string {
  return /^[\w/][\w:/.@%~+-]{0,500}$/.test(text) ? text : "VALUE";
}
