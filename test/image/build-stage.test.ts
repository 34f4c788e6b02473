/**
 * The Dockerfile's stages, carried out in folders: the real context, the real commands, the real copies. What needs a
 * container engine (bases, microdnf, ownership) is not.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { covers } from "./context.ts";
import { copiedTo, sourcesOf } from "./contract.ts";
import { parseDockerfile, type Stage, type Step } from "./dockerfile.ts";
import { readProject, root } from "./project.ts";
import type { Project } from "./promise.ts";

const run = promisify(execFile);
/** Only where everything is required: it takes the packages from the registry once more. */
const realInstall = process.env["BLUEGREEN_REQUIRE_ALL"] === "1";

describe("image, its stages carried out in folders", function () {
  this.timeout(300_000);
  let project: Project;
  let folder = "";
  let image = "";

  before(async () => {
    project = await readProject();
    folder = await mkdtemp(join(tmpdir(), "bluegreen-image-"));
    // For the user without rights below.
    await chmod(folder, 0o755);
    image = join(folder, "image");
    const [build, final] = parseDockerfile(project.dockerfile).stages;
    assert.ok(build !== undefined && final !== undefined);
    if (!realInstall)
      console.log("      npm ci is not run: packages are linked (BLUEGREEN_REQUIRE_ALL=1 runs it)");
    await carryOutBuild(build);
    await carryOutCopies(final);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function carryOutBuild({ steps }: Stage): Promise<void> {
    const workdir = join(folder, "build", steps.find(({ keyword }) => keyword === "WORKDIR")?.text ?? "");
    await mkdir(workdir, { recursive: true });
    for (const step of steps) {
      if (step.keyword === "COPY") await copyFromContext(step, workdir);
      if (step.keyword === "RUN") await runStep(step, workdir);
    }
  }

  async function copyFromContext(copy: Step, workdir: string): Promise<void> {
    const target = copy.words.at(-1) ?? "";
    for (const source of sourcesOf(copy)) {
      for (const path of project.context.filter((file) => covers(source, file))) {
        // A folder's contents are copied, not the folder.
        const inside = path === source ? path.split("/").at(-1) : path.slice(source.length + 1);
        const to = join(workdir, target, inside ?? "");
        await mkdir(dirname(to), { recursive: true });
        await cp(join(root, path), to);
      }
    }
  }

  async function runStep({ text }: Step, workdir: string): Promise<void> {
    if (text.startsWith("npm ci") && !realInstall) {
      await symlink(join(root, "node_modules"), join(workdir, "node_modules"));
      return;
    }
    const { PATH, HOME } = process.env;
    await run("/bin/sh", ["-c", text], { cwd: workdir, env: { PATH, HOME } });
  }

  async function carryOutCopies({ steps }: Stage): Promise<void> {
    for (const copy of steps.filter(({ keyword }) => keyword === "COPY")) {
      for (const [index, target] of copiedTo(copy).entries()) {
        const to = join(image, target);
        await mkdir(dirname(to), { recursive: true });
        await cp(join(folder, "build", sourcesOf(copy)[index] ?? ""), to);
      }
    }
  }

  it("the program says its version", async () => {
    const { stdout } = await run(process.execPath, [join(image, "opt/bluegreen/bluegreen.mjs"), "--version"]);
    assert.equal(stdout, `${project.version}\n`);
  });

  it("the program starts for any UID with group 0 and an empty environment, outside of its folder", async function () {
    if (process.getuid?.() !== 0) {
      assert.notEqual(
        process.env["BLUEGREEN_REQUIRE_ALL"],
        "1",
        "only root can start a program as another user",
      );
      console.log("      skipped: only root can start a program as another user");
      this.skip();
    }
    const { stdout } = await run(process.execPath, [join(image, "opt/bluegreen/bluegreen.mjs"), "--help"], {
      uid: 1000650000,
      gid: 0,
      cwd: "/",
      env: {},
    });
    assert.match(stdout, /bluegreen mutate/);
  });

  it("everybody can read each file, and nobody but its owner write", async () => {
    for (const path of [
      "opt/bluegreen/bluegreen.mjs",
      "opt/bluegreen/openpgp.mjs",
      "opt/bluegreen/picture.mjs",
      ...licences,
    ]) {
      const { mode } = await stat(join(image, path));
      assert.equal(mode & 0o044, 0o044, `${path} is not readable for all`);
      assert.equal(mode & 0o022, 0, `${path} is writable for others`);
    }
  });

  const licences = ["LICENSE", "THIRD-PARTY-LICENSES.txt", "bluegreen.cdx.json"].map(
    (name) => `licenses/${name}`,
  );

  it("licences and bill of materials name the same packages, and the bill the very bundle", async () => {
    const [, text = "", bill = "{}"] = await Promise.all(
      licences.map((path) => readFile(join(image, path), "utf8")),
    );
    const { components, metadata } = JSON.parse(bill);
    const listed = components.map(
      (each: { name: string; version: string }) => `${each.name} ${each.version}`,
    );
    const overview = [...text.matchAll(/^ {2}(\S+ \S+): /gm)].map((match) => match[1]);
    assert.deepEqual(listed.toSorted(), overview.toSorted());
    assert.ok(
      listed.some((each: string) => each.startsWith("axios ")),
      listed.join(),
    );
    const { stdout } = await run("sha256sum", [join(image, "opt/bluegreen/bluegreen.mjs")]);
    assert.equal(metadata.component.hashes[0].content, stdout.split(" ")[0]);
    assert.equal(metadata.component.version, project.version);
  });

  it("names no registry, home folder or other trace of the machine that built it", async () => {
    const texts = await Promise.all(licences.map((path) => readFile(join(image, path), "utf8")));
    const bundle = await readFile(join(image, "opt/bluegreen/bluegreen.mjs"), "utf8");
    for (const text of [...texts, bundle]) assert.equal(text.includes(folder), false);
    // esbuild names modules by their path, and linked packages are where the link leads.
    for (const text of realInstall ? [...texts, bundle] : texts) assert.equal(text.includes(root), false);
    assert.doesNotMatch(texts[2] ?? "", /"url":/);
  });
});
