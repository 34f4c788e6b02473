/**
 * `npm run chaos`: the steps in simulated worlds, judged by an oracle that sees all of each, and then, unless told how
 * many, the built program as processes (`npm run chaos:processes`). `-- --count N` (10,000), `--from N` (1), and
 * `--seed N`, which shows one of them (`--as plain`, `--as twisted`, `--as extra`: with less in it, see `story.ts`).
 * `--guards` takes each guard away and looks for the first seed that misses it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { createFigures } from "./figures.ts";
import { all, firstCaught, guards, soon } from "./guards.ts";
import { runSeed } from "./seed.ts";
import { depths } from "./story.ts";
import { tell } from "./tell.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string" },
    from: { type: "string" },
    seed: { type: "string" },
    as: { type: "string" },
    guards: { type: "boolean", default: false },
  },
});

if (values.seed !== undefined) {
  const judged = await runSeed(
    Number(values.seed),
    depths.find((depth) => depth === values.as),
  );
  print(tell(judged));
  process.exitCode = judged.mistakes.length === 0 ? 0 : 1;
} else if (values.guards) {
  for (const guard of guards) {
    const caught = await firstCaught(guard, all(soon));
    const found = caught && `seed ${caught.seed}: ${caught.mistake.kind}: ${caught.mistake.detail}`;
    print([`${guard.name}: ${found ?? `not missed in ${soon} seeds`}`]);
    if (caught === undefined) process.exitCode = 1;
  }
} else {
  const [from, count] = [Number(values.from ?? 1), Number(values.count ?? 10_000)];
  const figures = createFigures();
  for (let seed = from; seed < from + count; seed += 1) {
    const judged = await runSeed(seed);
    figures.add(judged);
    // At once, on stderr: whoever ends it early keeps what was found, and sees that it goes on.
    if (judged.mistakes.length > 0) console.error(figures.mistakes.at(-1));
    else if ((seed + 1 - from) % 1000 === 0) console.error(`${seed + 1 - from} of ${count} worlds`);
  }
  print(figures.table());
  const plain = values.from === undefined && values.count === undefined;
  const processes = plain ? await chaosOfProcesses() : 0;
  process.exitCode = figures.mistakes.length === 0 ? processes : 1;
}

/** The same faults as processes. Gives its exit code. */
async function chaosOfProcesses(): Promise<number> {
  const child = spawn("npm", ["run", "chaos:processes"], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
