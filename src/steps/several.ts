/** One run about several models: one commit for all of them, and then each is awaited and verified by itself. */
import { type ModelRun, modelsOf, type RunState } from "../core/run-state.ts";
import type { Log } from "../ports.ts";

/** What a step does to one model; lines of the log say which where there are several. */
export type ModelStep = (model: ModelRun, log: Log, index: number) => Promise<RunState>;

/** All at the same time: the first to be cut over must not wait for its proof until the last one is. */
export async function forEachModel(state: RunState, log: Log, step: ModelStep): Promise<RunState> {
  const models = modelsOf(state);
  if (models.length === 1) return step(models[0], log, 0);
  const done = await Promise.all(models.map((model, index) => step(model, naming(log, model), index)));
  const [first, ...also] = done.map((each) => modelsOf(each)[0]) as [ModelRun, ...ModelRun[]];
  return { ...first, also };
}

function naming(log: Log, { service }: ModelRun): Log {
  const line = (message: string) => `${service.name}: ${message}`;
  const { waiting } = log;
  return {
    ...(waiting === undefined ? {} : { waiting: (message) => waiting(message, service.name) }),
    info: (message) => log.info(line(message)),
    warn: (message) => log.warn(line(message)),
    debug: (message) => log.debug(line(message)),
  };
}
