/**
 * `npm run docs`: plays every scene on an embedded cluster and writes its output into the pages, where it says
 * something else than the block there. With `--check` nothing is written, and a block that says something else fails.
 * With `--figures` it is the measurements that are renewed, whatever they say.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { withOutputs } from "./outputs.ts";
import { measure, play } from "./play.ts";
import { pageFiles, read, root } from "./project.ts";
import { figures, scenes, sessions } from "./scenes.ts";

const { values } = parseArgs({
  options: { check: { type: "boolean", default: false }, figures: { type: "boolean", default: false } },
});

const played = values.figures ? [] : await Promise.all(sessions.map(play));
const measured = values.figures ? figures.map((figure) => [figure.name, measure(figure)] as const) : [];
const outputs = new Map([...played.flatMap((each) => [...each]), ...measured]);
const stale = pageFiles().flatMap((file) => {
  const before = read(file);
  const after = withOutputs(before, values.figures ? "always" : "by shape", (name) => {
    const output = outputs.get(name);
    return output === undefined ? undefined : `$ ${scenes.get(name)}\n${output}\n`;
  });
  return after === before ? [] : [{ file, after }];
});
if (!values.check) for (const { file, after } of stale) writeFileSync(join(root, file), after);
for (const { file } of stale)
  console.log(`${file}: ${values.check ? "is out of date, run npm run docs" : "renewed"}`);
console.log(
  `${outputs.size} outputs played, ${stale.length} pages ${values.check ? "out of date" : "renewed"}`,
);
process.exitCode = values.check && stale.length > 0 ? 1 : 0;
