/** A TaskRun from its start to what users see of it. */
import type { Task } from "./definitions.ts";
import { createPod, filesIn, type Pod, readInPod } from "./pod.ts";
import { type ResolvedTask, resolveTask, type TaskRun } from "./resolve-task.ts";
import { type PodOptions, runSteps, type StepEnded } from "./steps.ts";

export type { TaskRun } from "./resolve-task.ts";
export type { GitSecret, PodOptions, RunningStep, StepEnded } from "./steps.ts";

export interface TaskRunEnded {
  readonly run: TaskRun;
  readonly succeeded: boolean;
  /** The condition's message. */
  readonly message: string;
  /** Empty where the pod was deleted: Tekton reads results from pods. */
  readonly results: Readonly<Record<string, string>>;
  readonly steps: readonly StepEnded[];
  /** What OpenShift's console shows of a TaskRun that failed; undefined where no step did. */
  readonly console: readonly string[] | undefined;
  /** What was left in the folders that the steps may write to, by path in the container. */
  readonly files: ReadonlyMap<string, string>;
}

const consoleLines = 5;
/** What the kubelet keeps of a container's termination message, and of all containers' of a pod, in bytes. */
const messageLimit = 4096;
const podLimit = 12 * 1024;

/** In a pod of its own: a retry is a second call with the same `run`. */
export async function runTaskRun(task: Task, run: TaskRun, options: PodOptions): Promise<TaskRunEnded> {
  const resolved = resolveTask(task, run);
  const pod = await createPod(resolved);
  let total = 0;
  let tooMuch: string | undefined;
  try {
    const { steps, deleted } = await runSteps(pod, resolved.steps, options, async () => {
      const message = terminationMessage(await readResults(pod, resolved));
      total += message.length;
      if (message.length > messageLimit) {
        tooMuch = `Termination message is above max allowed size ${messageLimit}, caused by large task result.`;
      } else if (total > podLimit) {
        tooMuch = `termination messages of all steps are above ${podLimit} bytes`;
      }
      return tooMuch;
    });
    const failed = steps.find(({ exitCode, onError }) => exitCode !== 0 && onError !== "continue");
    return {
      run,
      succeeded: failed === undefined && tooMuch === undefined && !deleted,
      message: deleted ? "TaskRun was cancelled" : messageOf(failed, tooMuch),
      results: deleted ? {} : await readResults(pod, resolved),
      steps,
      console: consoleOf(steps),
      files: await filesIn(pod),
    };
  } finally {
    await pod.remove();
  }
}

function messageOf(failed: StepEnded | undefined, tooMuch: string | undefined): string {
  if (tooMuch !== undefined) return tooMuch;
  if (failed === undefined) return "All Steps have completed executing";
  return `"step-${failed.name}" exited with code ${failed.exitCode}: Error`;
}

/** The first step with an exit code other than 0, one with `onError: continue` included. */
function consoleOf(steps: readonly StepEnded[]): readonly string[] | undefined {
  const step = steps.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0);
  return step?.log.replace(/\n$/, "").split("\n").slice(-consoleLines);
}

async function readResults(pod: Pod, { results }: ResolvedTask): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const name of results) {
    const value = await readInPod(pod, `/tekton/results/${name}`);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** What a step's entrypoint leaves for the kubelet: every result file that exists by then, whoever wrote it. */
function terminationMessage(results: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(results).map(([key, value]) => ({ key, value, type: 1 }));
  const started = { key: "StartedAt", value: new Date(0).toISOString(), type: 3 };
  return Buffer.from(JSON.stringify([...entries, started]));
}
