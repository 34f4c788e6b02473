/**
 * Figures, side by side in one run, as ratios where two things are compared. Never a test: no figure fails anything.
 * `npm run bench` runs all; `npm run bench -- startup reaction cutovers git crowd objects verdict` chooses. `verdict` and `git` take over five minutes each.
 */
import { benchCutovers } from "./cutovers.ts";
import { benchGit } from "./git.ts";
import { benchCrowd } from "./git-crowd.ts";
import { benchObjects } from "./git-objects.ts";
import { benchReaction } from "./reaction.ts";
import { benchStartup } from "./startup.ts";
import { benchVerdict } from "./verdict.ts";

const benches: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  startup: benchStartup,
  reaction: benchReaction,
  cutovers: benchCutovers,
  git: benchGit,
  crowd: benchCrowd,
  objects: benchObjects,
  verdict: benchVerdict,
};

const chosen = process.argv.slice(2);
for (const [name, bench] of Object.entries(benches)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n== ${name}`);
  for (const line of await bench()) console.log(line);
}
