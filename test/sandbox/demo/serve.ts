import { once } from "node:events";
import type { Sandbox } from "../sandbox.ts";

/** Says how to use the running sandbox and waits for Ctrl-C. */
export async function serveSandbox(sandbox: Sandbox): Promise<number> {
  const exports = Object.entries({ ...sandbox.env, KUBECONFIG: sandbox.kubeconfig });
  console.log(`The sandbox is up. In another terminal:

${exports.map(([name, value]) => `export ${name}='${value}'`).join("\n")}

npx tsx src/main.ts plan promote
npx tsx src/main.ts stage --model-version 9f86d08188
npx tsx src/main.ts promote
npx tsx src/main.ts rollback --probe-payload-file tekton/samples/probe-jukebox.json     (without traffic: --serve --idle)
kubectl get isvc jukebox -n user1-test --watch
git clone http://user1@${sandbox.git.url.replace(/^http:\/\//, "")}     (the password is BLUEGREEN_GIT_PASSWORD)
browser: ${sandbox.prometheus?.url}/graph (the real Prometheus only; here: ${sandbox.prometheus?.kind})

Ctrl-C ends it.`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  return 0;
}
