/** isomorphic-git as its guide shows it: clone at depth 1, edit, add, commit, push. Arguments as of git-step.ts, then a folder. */
import * as fs from "node:fs";
import { join } from "node:path";
import * as git from "isomorphic-git";
import http from "isomorphic-git/http/node";

const [url = "", path = "", before = "", after = "", dir = ""] = process.argv.slice(2);
const repository = { fs, http, dir };
await git.clone({ ...repository, url, ref: "main", depth: 1, singleBranch: true });
const file = join(dir, path);
fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(before, after));
await git.add({ ...repository, filepath: path });
const author = { name: "bench", email: "bench@example.org" };
console.log(await git.commit({ ...repository, message: "Bench\n", author }));
await git.push({ ...repository, url, ref: "main" });
console.log(process.resourceUsage().maxRSS);
