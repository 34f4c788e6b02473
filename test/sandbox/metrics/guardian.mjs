// Runs `prometheus` for the sandbox and ends it when its own standard input ends: a pipe closes whatever ends the
// process at the other side, even a SIGKILL, so no Prometheus is ever left behind.
// Arguments: the folder to remove if the other side vanished without saying "stop", then Prometheus' own.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

const [folder = "", ...prometheusArguments] = process.argv.slice(2);
const child = spawn("prometheus", prometheusArguments, { stdio: ["ignore", "ignore", "inherit"] });
let told = "";

process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => {
  told += text;
});
process.stdin.on("close", end);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);

child.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
child.on("close", (code) => {
  if (process.stdin.closed && told !== "stop") rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 1);
});

function end() {
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), 3000).unref();
}
