import { run } from "./cli/run.ts";
import { version } from "./version.ts";

const cancelled = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => cancelled.abort());

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  streams: {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  },
  version,
  signal: cancelled.signal,
});
