import assert from "node:assert/strict";
import fc from "fast-check";
import { parseExtraTrailer } from "../../../src/core/commit/extra.ts";
import { commitMessage, type MessageRequest } from "../../../src/core/commit/message.ts";
import { templateProblem } from "../../../src/core/commit/template.ts";
import { parseTrailers, readTrailers, serviceTrailer } from "../../../src/core/commit/trailers.ts";
import type { Expectation } from "../../../src/core/expectation.ts";
import type { Action } from "../../../src/core/intent.ts";
import { Failure } from "../../../src/errors/failure.ts";

const blue = "jukebox-predictor-00023";
const green = "jukebox-predictor-00024";

function request(action: Action, changes: Partial<MessageRequest> = {}): MessageRequest {
  const version = action === "stage" ? "v2" : undefined;
  return {
    run: "run-7f3a",
    service: { namespace: "user1-test", name: "jukebox" },
    intent: { action, version, sets: [] },
    ...changes,
  };
}

function expectation(action: Action, changes: Partial<Expectation> = {}): Expectation {
  return { action, percent: action === "promote" ? 100 : 0, known: [], ...changes };
}

const shared = { "Bluegreen-Run": "run-7f3a", "Bluegreen-Service": "user1-test/jukebox" };

describe("the message of a run's commit", () => {
  it("promote: from blue to green", () => {
    const message = commitMessage(
      request("promote"),
      { percent: 0, version: "v2" },
      expectation("promote", { active: green, standby: blue }),
    );

    assert.ok(message.startsWith("🐳 UPDATE - blue green deployment 🍏\n\nBluegreen-Action: promote\n"));
    assert.deepEqual(parseTrailers(message), {
      ...shared,
      "Bluegreen-Action": "promote",
      "Bluegreen-From-Revision": blue,
      "Bluegreen-To-Revision": green,
      "Bluegreen-From-Value": "0",
      "Bluegreen-To-Value": "100",
    });
  });

  it("a version that is restored is named, and not its revision", () => {
    const intent = { action: "rollback", restore: true, version: "v1", sets: [] } as const;
    const message = commitMessage(
      request("rollback", { intent }),
      { percent: 0, version: "v2" },
      { ...expectation("rollback", { standby: green }), percent: 100 },
    );
    assert.deepEqual(parseTrailers(message), {
      ...shared,
      "Bluegreen-Action": "rollback",
      "Bluegreen-Restore-Version": "v1",
      "Bluegreen-From-Revision": green,
      "Bluegreen-From-Value": "0",
      "Bluegreen-To-Value": "100",
    });
  });

  it("several models: one subject, and trailers of each, which are told apart by the service", () => {
    const other = {
      service: { namespace: "user1-test", name: "lyrics" },
      intent: { action: "promote", sets: [] },
      values: { percent: 20, version: "v2" },
      expectation: expectation("promote", {
        active: "lyrics-predictor-00002",
        standby: "lyrics-predictor-00001",
      }),
    } as const;
    const message = commitMessage(
      request("promote", { subject: "{name} to {version}" }),
      { percent: 0, version: "v2" },
      expectation("promote", { active: green, standby: blue }),
      [other],
    );

    assert.equal(message.split("\n", 1)[0], "jukebox, lyrics to v2");
    const first = parseTrailers(message, "user1-test/jukebox");
    assert.deepEqual([first["Bluegreen-To-Revision"], first["Bluegreen-From-Value"]], [green, "0"]);
    assert.deepEqual(parseTrailers(message, "user1-test/lyrics"), {
      "Bluegreen-Action": "promote",
      "Bluegreen-Run": "run-7f3a",
      "Bluegreen-Service": "user1-test/lyrics",
      "Bluegreen-From-Revision": "lyrics-predictor-00001",
      "Bluegreen-To-Revision": "lyrics-predictor-00002",
      "Bluegreen-From-Value": "20",
      "Bluegreen-To-Value": "100",
    });
    const versions = commitMessage(
      request("stage", { subject: "{name} {version}" }),
      {},
      expectation("stage"),
      [{ ...other, intent: { action: "stage", version: "v7", sets: [] }, values: {} }],
    );
    assert.equal(versions.split("\n", 1)[0], "jukebox, lyrics v2, v7");
  });

  it("rollback: from green to blue", () => {
    const message = commitMessage(
      request("rollback"),
      { percent: 100, version: "v2" },
      expectation("rollback", { active: blue, standby: green }),
    );

    assert.equal(message.split("\n", 1)[0], "🍏 UPDATE - blue green deployment 🐳");
    assert.deepEqual(parseTrailers(message), {
      ...shared,
      "Bluegreen-Action": "rollback",
      "Bluegreen-From-Revision": green,
      "Bluegreen-To-Revision": blue,
      "Bluegreen-From-Value": "100",
      "Bluegreen-To-Value": "0",
    });
  });

  it("stage: names only the revision that stays live, and says the version", () => {
    const message = commitMessage(
      request("stage"),
      { percent: 100, version: "v1" },
      expectation("stage", { active: blue, version: "v2", known: [blue] }),
    );

    assert.equal(message.split("\n", 1)[0], "🌱 UPDATE - blue green deployment v2 🍏");
    assert.deepEqual(parseTrailers(message), {
      ...shared,
      "Bluegreen-Action": "stage",
      "Bluegreen-From-Revision": blue,
      "Bluegreen-From-Value": "100",
      "Bluegreen-To-Value": "0",
    });
  });

  it("stage of the version that is there, for other values: names the newest revision, which runs it already", () => {
    const message = commitMessage(
      request("stage"),
      { percent: 0, version: "v2" },
      expectation("stage", { active: blue, version: "v2", known: [green, blue] }),
    );

    assert.equal(parseTrailers(message)["Bluegreen-After-Revision"], green);
  });

  it("leaves out what nobody knows (a first deployment, a file without the key)", () => {
    const message = commitMessage(request("stage"), {}, expectation("stage"));

    assert.deepEqual(parseTrailers(message), {
      ...shared,
      "Bluegreen-Action": "stage",
      "Bluegreen-To-Value": "0",
    });
    const promote = commitMessage(request("promote"), {}, expectation("promote"));
    assert.deepEqual(parseTrailers(promote), {
      ...shared,
      "Bluegreen-Action": "promote",
      "Bluegreen-To-Value": "100",
    });
  });

  const template = "{action} {application} ({namespace}/{name}) {version} {percent} %";
  const subjects: readonly (readonly [changes: Partial<MessageRequest>, subject: string])[] = [
    [{ subject: template }, "promote jukebox (user1-test/jukebox) v1 100 %"],
    [
      { subject: template, application: "jukebox-test" },
      "promote jukebox-test (user1-test/jukebox) v1 100 %",
    ],
  ];
  for (const [changes, subject] of subjects) {
    it(`fills a team's template in: ${subject}`, () => {
      const message = commitMessage(request("promote", changes), { version: "v1" }, expectation("promote"));
      assert.equal(message.split("\n", 1)[0], subject);
    });
  }

  it("takes subject and body from one template", () => {
    const message = commitMessage(
      request("promote", { message: "{name}: {action}\r\n\r\nRun {run}\n\nBluegreen-Run: forged" }),
      { version: "v1" },
      expectation("promote"),
    );
    assert.match(
      message,
      /^jukebox: promote\n\nRun run-7f3a\n\nBluegreen-Run: forged\n\nBluegreen-Action: promote\n/,
    );
    assert.equal(parseTrailers(message)["Bluegreen-Run"], "run-7f3a");
  });

  it("puts a team's trailers before its own and the sign-off behind them", () => {
    const message = commitMessage(
      request("promote", {
        trailers: [{ token: "Ticket", value: "ML-42 {version}" }],
        signOff: { name: "Ann Example", email: "ann@example.com" },
      }),
      { version: "v1" },
      expectation("promote"),
    );
    const read = readTrailers(message);
    assert.deepEqual(read[0], { token: "Ticket", value: "ML-42 v1" });
    assert.deepEqual(read.at(-1), { token: "Signed-off-by", value: "Ann Example <ann@example.com>" });
    assert.equal(parseTrailers(message)["Bluegreen-Action"], "promote");
  });

  it("refuses a body or a trailer that it cannot fill in", () => {
    const requests = [{ message: "s\n\n{version}" }, { trailers: [{ token: "Model", value: "{version}" }] }];
    for (const changes of requests) {
      assert.throws(
        () => commitMessage(request("promote", changes), {}, expectation("promote")),
        (error) => error instanceof Failure && error.reason === "INVALID_OPTION",
      );
    }
  });

  it("cannot be forged by any template, trailer or value", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .array(
          fc.constantFrom(
            "\n",
            "\r\n",
            "Bluegreen-Run: x",
            "---",
            "# c",
            "{version}",
            "Conflicts:",
            "\t",
            " a",
          ),
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, text, text, (body, version, value) => {
        const parsed = parseExtraTrailer(`Ticket: ${value}`);
        const changes: Partial<MessageRequest> = {
          message: `{action}\n${templateProblem(body) === undefined ? body : ""}`,
          trailers: parsed.kind === "trailer" ? [parsed.trailer] : [],
          signOff: { name: "A", email: "a@b" },
        };
        const message = commitMessage(
          request("promote", changes),
          { percent: 0, version },
          expectation("promote", { active: green }),
        );
        assert.deepEqual(parseTrailers(message), {
          ...shared,
          "Bluegreen-Action": "promote",
          "Bluegreen-To-Revision": green,
          "Bluegreen-From-Value": "0",
          "Bluegreen-To-Value": "100",
        });
      }),
    );
  });

  it("refuses a template that it cannot fill in", () => {
    assert.throws(
      () => commitMessage(request("promote", { subject: "{version}" }), {}, expectation("promote")),
      (error) =>
        error instanceof Failure && error.reason === "INVALID_OPTION" && /version/.test(error.evidence),
    );
  });

  it("names the service by namespace and name", () => {
    assert.equal(serviceTrailer({ namespace: "user1-test", name: "jukebox" }), "user1-test/jukebox");
  });
});
