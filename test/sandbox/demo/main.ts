/**
 * The whole story on the embedded cluster: stage, promote, rollback, each proven, and a chart that ignores the key.
 * `npm run demo -- --serve` keeps the cluster up instead; with `--idle` nobody asks the model anything.
 */
import { parseArgs } from "node:util";
import { startSandbox } from "../sandbox.ts";
import { serveSandbox } from "./serve.ts";
import { tellStory } from "./story.ts";

const { values } = parseArgs({
  options: {
    serve: { type: "boolean", default: false },
    idle: { type: "boolean", default: false },
    embedded: { type: "boolean", default: false },
  },
});

console.log(
  "Starting the sandbox: Git, Kubernetes API, KServe, Knative, Argo CD, pods, traffic, Prometheus …",
);
const sandbox = await startSandbox({
  requestsPerSecond: values.serve && values.idle ? 0 : 30,
  gateway: values.serve,
  scrapeSeconds: 1,
  prometheus: values.embedded ? "embedded" : "auto",
});
try {
  process.exitCode = values.serve ? await serveSandbox(sandbox) : await tellStory(sandbox);
} finally {
  await sandbox.stop();
}
