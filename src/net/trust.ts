/**
 * Certificate authorities besides Node's own: those that OpenShift puts into a pod, and those that the user names. They
 * only ever add; verification is never switched off.
 */
import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import type { Log } from "../ports.ts";

/** Where OpenShift Pipelines and OpenShift mount theirs; read where they exist. */
export const openshiftFiles = [
  "/tekton-custom-certs/ca-bundle.crt",
  "/tekton-custom-certs/service-ca.crt",
  "/var/run/secrets/kubernetes.io/serviceaccount/service-ca.crt",
] as const;

export interface TrustSources {
  /** Files that may be missing; damaged certificates in them are passed over with a warning. */
  readonly implicit: readonly string[];
  /** Files that the user named. */
  readonly files: readonly string[];
  /** Folder that the user named: its *.crt and *.pem. */
  readonly folder?: string | undefined;
}

/** PEM texts, one certificate each, none twice. Throws Failure INVALID_OPTION for a named place that gives none. */
export async function collectCertificates(sources: TrustSources, log: Log): Promise<readonly string[]> {
  const implicit = sources.implicit.map((path) => readImplicit(path, log));
  const named = sources.files.map((path) => readNamed(path, "--ca-file (BLUEGREEN_CA_FILE)"));
  const folder = sources.folder === undefined ? [] : [readFolder(sources.folder)];
  const found = await Promise.all([...implicit, ...named, ...folder]);
  return [...new Set(found.flat())];
}

async function readImplicit(path: string, log: Log): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const { good, bad } = parse(text);
  if (bad > 0)
    log.warn(`${path}: ${bad} of ${bad + good.length} certificates cannot be read and are not trusted`);
  return good;
}

async function readNamed(path: string, label: string): Promise<readonly string[]> {
  const shown = printable(path, 200);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Failure("INVALID_OPTION", `${label} ${shown} cannot be read`, { cause });
  });
  const { good, bad } = parse(text);
  if (bad > 0) throw new Failure("INVALID_OPTION", `${label} ${shown} holds a damaged certificate`);
  if (good.length === 0) throw new Failure("INVALID_OPTION", `${label} ${shown} holds no PEM certificate`);
  return good;
}

/** A mounted Secret's or ConfigMap's files are links into a hidden folder; by name they read like files. */
async function readFolder(folder: string): Promise<readonly string[]> {
  const label = "--ca-dir (BLUEGREEN_CA_DIR)";
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new Failure("INVALID_OPTION", `${label} ${printable(folder, 200)} cannot be read`, { cause });
  });
  const files = names.filter((name) => /\.(crt|pem)$/.test(name)).sort();
  if (files.length === 0) {
    throw new Failure(
      "INVALID_OPTION",
      `${label} ${printable(folder, 200)} holds no *.crt and no *.pem file`,
    );
  }
  return (await Promise.all(files.map((name) => readNamed(join(folder, name), label)))).flat();
}

/** Blocks one by one: TLS would take the first broken one for the end of the list. */
function parse(text: string): { readonly good: readonly string[]; readonly bad: number } {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*(?:-----END CERTIFICATE-----)?/g) ?? [];
  const good = blocks.filter(isCertificate);
  return { good, bad: blocks.length - good.length };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
