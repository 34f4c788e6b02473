/** The final stage's own check of what it installed, with stand-ins for the package manager and for what it brings. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { argsOf, parseDockerfile } from "./dockerfile.ts";
import { readProject } from "./project.ts";

describe("image, the installation of Node", () => {
  let folder = "";
  let script = "";
  let args: Record<string, string> = {};
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-final-"));
    const file = parseDockerfile((await readProject()).dockerfile);
    const final = file.stages.at(-1);
    assert.ok(final !== undefined);
    script =
      final.steps.find(({ keyword, text }) => keyword === "RUN" && text.includes("microdnf"))?.text ?? "";
    args = Object.fromEntries([...argsOf(file, final)].map(([name, value]) => [name, value ?? ""]));
    // Everything else that the script calls stays out of reach: it deletes files.
    await program("rm", "exit 0");
    await program("microdnf", `echo "$@" >>'${join(folder, "calls")}'`);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function program(name: string, text: string): Promise<void> {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  async function exitCode(): Promise<number> {
    const env = { ...args, PATH: folder };
    return promisify(execFile)("/bin/sh", ["-c", script], { env }).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  }

  it("takes the module stream and nothing but Node", async () => {
    await program("node", "echo v24.19.0");
    assert.equal(await exitCode(), 0);
    const calls = await readFile(join(folder, "calls"), "utf8");
    assert.deepEqual(calls.trimEnd().split("\n"), [
      "-y module enable nodejs:24",
      "-y --nodocs --setopt=install_weak_deps=0 install nodejs",
      "clean all",
    ]);
  });

  it("ends the build for another line, the one that begins alike too", async () => {
    for (const version of ["v22.20.0", "v240.0.0", "v2.4.0"]) {
      await program("node", `echo ${version}`);
      assert.notEqual(await exitCode(), 0, version);
    }
  });

  it("ends the build where npm came along", async () => {
    await program("node", "echo v24.19.0");
    await program("npm", "exit 0");
    assert.notEqual(await exitCode(), 0);
  });

  it("ends the build where a package cannot be had", async () => {
    await program("node", "echo v24.19.0");
    await program("microdnf", '[ "$1" != -y ]');
    assert.notEqual(await exitCode(), 0);
  });

  it("ends the build where there is no Node", async () => assert.notEqual(await exitCode(), 0));
});
