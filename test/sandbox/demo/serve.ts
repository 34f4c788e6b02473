import { once } from "node:events";
import type { Sandbox } from "../sandbox.ts";

/** Says how to use the running sandbox and waits for Ctrl-C. */
export async function serveSandbox(sandbox: Sandbox): Promise<number> {
  const exports = Object.entries({ ...sandbox.env, KUBECONFIG: sandbox.kubeconfig });
  console.log(`The sandbox is up. In another terminal, for nothing else: a proxy among these leads all HTTPS of it into the sandbox.

${exports.map(([name, value]) => `export ${name}='${value}'`).join("\n")}

npm run build && alias bluegreen="$PWD/dist/bluegreen.mjs"
bluegreen status
bluegreen stage --model-version 9f86d08188
bluegreen plan promote
bluegreen promote --report report.html
bluegreen rollback --probe-payload-file tekton/samples/probe-jukebox.json     (without traffic: --serve --idle)
kubectl get isvc jukebox -n user1-test --watch
git clone http://user1@${sandbox.git.url.replace(/^http:\/\//, "")}     (the password is BLUEGREEN_GIT_PASSWORD)
browser: ${sandbox.prometheus?.url}/graph (the real Prometheus only; here: ${sandbox.prometheus?.kind})

Ctrl-C ends it.`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  return 0;
}
