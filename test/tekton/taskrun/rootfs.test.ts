import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { type Course, startCourse } from "./course.ts";
import type { Task } from "./definitions.ts";
import { assertFailure, assertOutcome, logsOf } from "./expectations.ts";
import { rootfsEntering, rootfsRuntime } from "./rootfs-runtime.ts";
import type { Runtime } from "./runtime.ts";
import { runTaskRun, type TaskRunEnded } from "./taskrun.ts";
import { startTlsFront, type TlsFront } from "./tls-front.ts";

describe("a TaskRun with a random UID, GID 0 and a read-only root", function () {
  this.timeout(60_000);
  let course: Course;
  let front: TlsFront;
  let runtime: Runtime;
  before(async function () {
    const how = await rootfsEntering(tmpdir());
    if (how === undefined) {
      // Nothing that a CI could install: it is the machine's kernel and its rights.
      console.log(
        "    SKIPPED: this machine lets nobody into a mount namespace (unshare --mount, also --map-root-user)",
      );
      this.skip();
    }
    course = await startCourse();
    front = await startTlsFront(course.sandbox.git.origin);
    const { url, ca } = course.sandbox.api;
    const cluster = { url, ca, token: course.token };
    const customCerts = { "service-ca.crt": front.ca };
    runtime = await rootfsRuntime(how, { program: course.program, cluster, customCerts });
  });
  after(() => Promise.all([front?.stop(), course?.stop()]));

  const inPod = (params: Readonly<Record<string, string>>, password = course.secret.password) =>
    course.run(
      { ...params, "git-url": `${front.origin}/repository.git` },
      { runtime, secrets: [{ ...course.secret, url: front.origin, password }] },
    );

  /** Everything that was left is a result, the state, or what Tekton itself put into HOME. */
  function assertTidy({ files }: TaskRunEnded): void {
    const declared = (course.task.spec.results ?? []).map(({ name }) => `/tekton/results/${name}`);
    const variables = (course.task.spec.stepTemplate?.env ?? []).map(({ value }) => value);
    const ofTekton = ["/tekton/home/.git-credentials", "/tekton/home/.gitconfig"];
    const foreign = [...files.keys()].filter(
      (path) => !declared.includes(path) && !ofTekton.includes(path) && !variables.includes(path),
    );
    assert.deepEqual(foreign, []);
  }

  it("really is one: only the Task's own places can be written", async () => {
    const places = ["/", "/tmp", "/opt/bluegreen", "/usr/lib", "/var/run/secrets", "/workspace/given"];
    const look = `
      const { writeFileSync } = require("node:fs");
      const tried = (path) => { try { writeFileSync(path + "/x", ""); return "written"; } catch (error) { return error.code; } };
      console.log(JSON.stringify({
        uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), cwd: process.cwd(),
        env: Object.keys(process.env).sort(),
        refused: ${JSON.stringify(places)}.map(tried),
        home: tried("/tekton/home"), own: tried("/own"),
      }));`;
    const task: Task = {
      metadata: { name: "look" },
      spec: {
        workspaces: [{ name: "given", readOnly: true }],
        volumes: [{ name: "own", emptyDir: {} }],
        steps: [
          {
            name: "look",
            command: ["node", "-e", look],
            volumeMounts: [{ name: "own", mountPath: "/own" }],
          },
        ],
      },
    };
    const run = {
      name: "look",
      namespace: "ns",
      uid: randomUUID(),
      params: {},
      workspaces: { given: { key: "" } },
    };
    const ended = await runTaskRun(task, run, { runtime, secrets: [] });
    assert.ok(ended.succeeded, logsOf(ended));
    assert.deepEqual(JSON.parse(ended.steps[0]?.log ?? ""), {
      uid: 1_000_660_000,
      gid: 0,
      groups: [0],
      cwd: "/",
      env: ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "PATH"],
      refused: places.map(() => "EROFS"),
      home: "written",
      own: "written",
    });
  });

  it("stages, promotes and rolls back, with the ServiceAccount's folder and OpenShift's CAs", async () => {
    const all: readonly Readonly<Record<string, string>>[] = [
      { action: "stage", "model-version": "v2" },
      { action: "promote" },
      { action: "rollback" },
    ];
    for (const params of all) {
      const ended = await inPod(params);
      assert.ok(ended.succeeded, logsOf(ended));
      assertOutcome(course.task, ended, "PASS");
      assertTidy(ended);
    }
    assert.equal(course.split(), "1:100");
  });

  it("fails in the first step with all results", async () => {
    const ended = await inPod({ action: "stage", "model-version": "v3" }, "wrong");
    assertFailure(course.task, ended, "mutate", "GIT_AUTH");
    assertTidy(ended);
  });
});
