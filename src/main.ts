import { streamsOf } from "./cli/live/terminal.ts";
import { run } from "./cli/run.ts";
import { exitCodes } from "./errors/catalogue.ts";
import { version } from "./version.ts";

/** A Task's pod is killed 30 seconds after SIGTERM; whatever hangs must have ended well before that, with its own code. */
const patienceMs = 9_000;

const streams = streamsOf(process.stdout, process.stderr, process.env);

const cancelled = new AbortController();

/** Set for a command that changes nothing: the code it ends with. */
let readOnlyCode: number | undefined;

/** Leaves the results of a run that is cut off. The state file is as its last step left it. */
let leaveResults = () => {};

function cancel(signal: string): void {
  const code = readOnlyCode;
  if (code !== undefined) {
    cancelled.abort();
    setTimeout(() => process.exit(code), 500).unref();
    return;
  }
  if (cancelled.signal.aborted) end("a second signal came");
  streams.err(`${signal}: ending; a push that has begun is finished first\n`);
  cancelled.abort();
  setTimeout(() => end(`a request did not end within ${patienceMs / 1000} s`), patienceMs).unref();
}

function end(why: string): never {
  streams.err(
    `CANCELLED: ${why}. If a push was under way its end is not known: run the same command again, it looks first\n`,
  );
  try {
    leaveResults();
  } catch (error) {
    streams.err(`The results could not be written: ${(error as NodeJS.ErrnoException).code}\n`);
  }
  process.exit(exitCodes.cancelled);
}

for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => cancel(name));

const code = await run({
  argv: process.argv.slice(2),
  env: process.env,
  streams,
  version,
  signal: cancelled.signal,
  onlyReads: (code) => {
    readOnlyCode = code;
  },
  onCutOff: (leave) => {
    leaveResults = leave;
  },
});

process.exitCode = code;
// A request that hangs would hold the process up to the end.
if (cancelled.signal.aborted)
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
