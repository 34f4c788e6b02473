/**
 * KServe remembers one step back, and two races make it remember wrongly: it falls back to an older revision (T5), or
 * keeps one that nobody approved (T3b). Both stay, and then only Git's history tells what was to be live.
 */

import { isLive, type Past } from "./past.ts";
import type { ConfigValues } from "./preflight.ts";
import { runsVersion } from "./serving.ts";
import type { RevisionReading, ServiceReading, World } from "./world.ts";

type Deployed = World & { readonly service: ServiceReading };

/** Whether KServe's memory looks as it does after one of the two, so that a look at Git's history is worth its while. */
export function isDoubtful(blue: string | undefined, service: ServiceReading): boolean {
  return blue !== undefined && blue === service.latestRolledout && service.previousRolledout !== undefined;
}

/** The version that percent 0 is to leave live, by what Git holds now. */
export function versionAtZero(values: ConfigValues, past: Past): string | undefined {
  return isLive(values) ? past.previous : past.live;
}

/**
 * The revision of `version` that is to be live in place of `blue`, which KServe names; undefined where nothing speaks
 * against KServe. After T5 it is any older one that has been ready; after T3b the one that KServe remembers besides.
 */
export function approvedBlue(
  version: string | undefined,
  blue: string | undefined,
  { service, revisions }: Deployed,
): string | undefined {
  if (version === undefined || !isDoubtful(blue, service)) return undefined;
  const runs = (revision: RevisionReading) => runsVersion(revision, version);
  if (revisions.some((each) => each.name === blue && runs(each) !== false)) return undefined;
  const { latestCreated, previousRolledout } = service;
  const served = revisions.filter(
    (each) => each.name !== latestCreated && each.ready?.status === "True" && runs(each) === true,
  );
  const names = served.map(({ name }) => name).sort();
  return previousRolledout === blue ? names.at(-1) : names.find((name) => name === previousRolledout);
}
