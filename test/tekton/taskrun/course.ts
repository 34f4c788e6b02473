/** The sandbox as the Task meets it: a ServiceAccount with the rights of tekton/rbac, and a linked Git Secret. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { splitText } from "../../integration/program.ts";
import { authorizeBy } from "../../sandbox/api/access.ts";
import { writeKubeconfig } from "../../sandbox/api/kubeconfig.ts";
import { readyPods, splitInForce } from "../../sandbox/cluster/dataplane.ts";
import { startTraffic, type Traffic } from "../../sandbox/metrics/traffic.ts";
import {
  jukebox,
  type Sandbox,
  type SandboxOptions,
  sandboxUser,
  startSandbox,
} from "../../sandbox/sandbox.ts";
import { documentsIn } from "../contract/documents.ts";
import { aggregatedView, rulesOf } from "../rbac/rules.ts";
import { builtBundle } from "./bundle.ts";
import { loadTask, type Task, withDefaults } from "./definitions.ts";
import { nodeToTest, type Program, processRuntime, type Runtime } from "./runtime.ts";
import { type GitSecret, type PodOptions, runTaskRun, type TaskRun, type TaskRunEnded } from "./taskrun.ts";

export interface Course {
  readonly sandbox: Sandbox;
  readonly program: Program;
  /** Short times where the installed Task has ones for a real cluster; all else as it is installed. */
  readonly task: Task;
  /** What a user has to say, and where the sandbox is. */
  readonly params: Readonly<Record<string, string>>;
  readonly secret: GitSecret;
  readonly token: string;
  readonly runtime: Runtime;
  /** A TaskRun; `more` names its own uid where it is a retry. */
  run(
    params: Readonly<Record<string, string>>,
    options?: Partial<PodOptions> & { readonly task?: Task },
    more?: Partial<TaskRun>,
  ): Promise<TaskRunEnded>;
  /** Percent by revision number: `1:100`. */
  split(): string;
  /** Keeps sending to a revision's pods past the route, until stopped. */
  leakTo(revision: string): Traffic;
  stop(): Promise<void>;
}

const password = "course-Password-Zq7";
const token = "serviceaccount-Token-Kx4";
/** In the forms that a header has them too. */
const secrets = [
  password,
  token,
  ...[`${sandboxUser}:${password}`, token].map((text) => Buffer.from(text).toString("base64")),
];
const user = "system:serviceaccount:user1-toolings:bluegreen";

/** The Task's own defaults are for a real cluster; a Pipeline has no params for most of them. */
const quickly = {
  timeout: "30s",
  "sync-grace": "1s",
  "branch-interval": "200ms",
  "verify-timeout": "20s",
  "verify-interval": "200ms",
  "settle-time": "500ms",
  "max-errors": "2",
};

export async function startCourse(options: SandboxOptions = {}): Promise<Course> {
  const program = { bundle: await builtBundle(), node: nodeToTest() };
  const sandbox = await startSandbox({
    requestsPerSecond: 40,
    prometheus: "embedded",
    scrapeSeconds: 0.5,
    password,
    ...options,
  });
  const { url, ca } = sandbox.api;
  grantRights(sandbox);
  const kubeconfig = await writeKubeconfig(join(sandbox.folder, "task"), { url, ca, token });
  const runtime = processRuntime(program, kubeconfig);
  const task = withDefaults(loadTask(), quickly);
  const params = {
    namespace: jukebox.namespace,
    name: jukebox.name,
    "git-url": sandbox.git.url,
    "argocd-application": sandbox.env["BLUEGREEN_ARGOCD_APPLICATION"] ?? "",
    "prometheus-url": sandbox.prometheus?.url ?? "",
  };
  const secret = { url: sandbox.git.origin, username: sandboxUser, password };
  return {
    sandbox,
    program,
    task,
    params,
    secret,
    token,
    runtime,
    async run(own, { task: other = task, ...runOptions } = {}, more = {}) {
      const run: TaskRun = {
        name: "bluegreen-run",
        namespace: "user1-toolings",
        uid: randomUUID(),
        ...more,
        params: { ...params, ...own },
      };
      const ended = await runTaskRun(other, run, { runtime, secrets: [secret], ...runOptions });
      assertNoSecret(ended);
      return ended;
    },
    split: () => splitText(splitInForce(sandbox.store, jukebox.namespace, jukebox.name)),
    leakTo: (revision) => startTraffic({ requestsPerSecond: 20, route: () => [podsOf(sandbox, revision)] }),
    stop: () => sandbox.stop(),
  };
}

function podsOf({ store, pods }: Sandbox, revision: string) {
  const ready = readyPods(store, jukebox.namespace, revision).flatMap((pod) => {
    const server = pods.find(jukebox.namespace, pod.metadata.name)?.server;
    return server === undefined ? [] : [{ port: server.port }];
  });
  return { revision, percent: 100, pods: ready };
}

/** The sandbox's admin may do everything; the Task's ServiceAccount what tekton/rbac grants. */
function grantRights({ api }: Sandbox): void {
  const granted = authorizeBy(
    rulesOf([
      ...documentsIn("tekton/rbac/view"),
      ...documentsIn("tekton/rbac/argocd"),
      { file: "the cluster's own", content: aggregatedView },
    ]),
  );
  api.tokens.set(token, { user });
  api.authorize((attempt) => attempt.user !== user || granted(attempt));
}

/** Neither in logs, results, state nor reports, nor in what other processes can see of a command line. */
export function assertNoSecret({ steps, results, files, message }: TaskRunEnded): void {
  const shown = [
    message,
    ...Object.values(results),
    ...steps.flatMap(({ log, started }) => [log, ...started.command, ...Object.values(started.env)]),
    ...[...files].filter(([path]) => !path.endsWith("/.git-credentials")).map(([, text]) => text),
  ];
  for (const text of shown) {
    for (const secret of secrets) assert.ok(!text.includes(secret), "a secret shows");
  }
}
