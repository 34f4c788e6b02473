/** `status`: one look, or a look after every change until somebody ends it. */
import { exitCodes, type ReasonId, reasons } from "../errors/catalogue.ts";
import { statusAsJson } from "../report/status.ts";
import type { ModelStatus } from "../steps/status.ts";
import type { Session } from "./session.ts";
import { blocksOf, openLook, requestsOf } from "./status-look.ts";

/** The code of the first thing that was asked for and could not be read, else 0. Throws what the cluster throws. */
export async function runStatus(session: Session): Promise<number> {
  const { values } = session;
  const look = openLook(session, requestsOf(session));
  if (values.watch === true) {
    const { watchStatus } = await import("./watch-status.ts");
    await watchStatus(session, look);
    return 0;
  }
  const cluster = await look.ports.cluster();
  const [worlds, snapshot] = await Promise.all([
    Promise.all(look.requests.map(({ service }) => cluster.read(service))),
    look.snapshot(),
  ]);
  const statuses = await look.at(worlds, { snapshot, samples: await look.samples(worlds) });
  session.report(blocksOf(statuses), { services: statuses.map(statusAsJson) });
  const [missing] = statuses.flatMap(unreadOf);
  return missing === undefined ? 0 : exitCodes[reasons[missing].class];
}

function unreadOf({ world, git, rates }: ModelStatus): readonly ReasonId[] {
  const failed = [git, rates].flatMap((told) => (told.kind === "failed" ? told.failure.reason : []));
  return world.service === undefined ? ["SERVICE_MISSING", ...failed] : failed;
}
