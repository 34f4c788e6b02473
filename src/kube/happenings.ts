/** Events of Kubernetes. They explain; nobody who may not read them is worse off than that. */
import * as v from "valibot";
import type { EventReading } from "../core/stuck/finding.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, Happenings, Log } from "../ports.ts";
import type { KubeAccess } from "./access.ts";
import { openHttp } from "./http.ts";
import { collection } from "./source.ts";

export interface HappeningsOptions {
  readonly access: KubeAccess;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds for one answer; 5 000 by default. */
  readonly requestTimeoutMs?: number | undefined;
}

/** events.v1 of the core group; whoever writes through events.k8s.io is seen here as well. */
const event = v.object({
  reason: v.optional(v.string(), ""),
  message: v.optional(v.string(), ""),
  involvedObject: v.object({ kind: v.optional(v.string(), ""), name: v.string() }),
});

/** Undefined for what is no Event. */
export function readEvent(raw: unknown): EventReading | undefined {
  const parsed = v.safeParse(event, raw);
  if (!parsed.success) return undefined;
  const { reason, message, involvedObject } = parsed.output;
  return { reason, message, ...involvedObject };
}

export function createHappenings(options: HappeningsOptions): Happenings {
  const { access, log, requestTimeoutMs = 5_000 } = options;
  return {
    async warnings(namespace, signal) {
      const http = await openHttp(access, { requestTimeoutMs, silenceMs: requestTimeoutMs }, options);
      try {
        const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
        const { items } = await collection(http, path, { fieldSelector: "type=Warning" }).list(signal);
        return items.map(readEvent).filter((each) => each !== undefined);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log.info(`Events cannot be read, so the cause is looked for without them: ${error.evidence}`);
        return [];
      } finally {
        http.close();
      }
    },
  };
}
