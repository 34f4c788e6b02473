import assert from "node:assert/strict";
import type { Action } from "../../../src/core/intent.ts";
import { type ProbeTarget, targetsOf } from "../../../src/core/probe/target.ts";
import type { ServiceReading } from "../../../src/core/world.ts";
import { r23, r24, serviceIn } from "../states.ts";

const domain = "apps.example.com";
const own = `https://latest-jukebox-predictor-user1-test.${domain}`;

function targets(
  action: Action,
  state: string,
  active: string,
  changes: Partial<ServiceReading> = {},
  given?: string,
): readonly ProbeTarget[] {
  return targetsOf({ action, service: serviceIn(state, changes), active, model: "jukebox", given });
}

function show({ role, revision, place }: ProbeTarget): string {
  const where = place.kind === "url" ? `${place.url}${place.confidential ? " (private)" : ""}` : place.why;
  return `${role} ${revision}: ${where}`;
}

const staged = [
  { revision: r24, percent: 0, latest: true, tag: "latest", url: own },
  { revision: r23, percent: 100, latest: false, tag: "prev", url: `https://prev-x.${domain}` },
];

describe("where probe requests go", () => {
  it("after a promote and a rollback: to the service's URL", () => {
    const url = `https://jukebox-user1-test.${domain}/v2/models/jukebox/infer (private)`;
    assert.deepEqual(targets("promote", "S5", r24).map(show), [`active ${r24}: ${url}`]);
    assert.deepEqual(targets("rollback", "S6", r23).map(show), [`active ${r23}: ${url}`]);
    assert.deepEqual(
      targets("stage", "S1", r23).map(show),
      [`active ${r23}: ${url}`],
      "there is no green yet",
    );
    const none = targets("stage", "S1", r23, { latestCreated: undefined });
    assert.deepEqual(
      none.map(({ role }) => role),
      ["active"],
    );
  });

  it("after a stage: to green's own URL, then to the service's", () => {
    assert.deepEqual(targets("stage", "S3", r23, { traffic: staged }).map(show), [
      `green ${r24}: ${own}/v2/models/jukebox/infer (private)`,
      `active ${r23}: https://jukebox-user1-test.${domain}/v2/models/jukebox/infer (private)`,
    ]);
  });

  it("to the URL that one of green's entries has", () => {
    const [latest, prev] = staged;
    const bare = { revision: r24, percent: 0, latest: true };
    const traffic = [bare, ...(latest === undefined || prev === undefined ? [] : [latest, prev])];
    const [green] = targets("stage", "S3", r23, { traffic }).map(show);
    assert.equal(green, `green ${r24}: ${own}/v2/models/jukebox/infer (private)`);
  });

  it("never to blue's URL for green's, whatever its tag", () => {
    const misleading = staged.map((entry) => ({ ...entry, revision: r23 }));
    const [green] = targets("stage", "S3", r23, { traffic: misleading }).map(show);
    assert.match(green ?? "", /^green \S+24: \S+24 has no URL of its own; the annotation serving\.kserve/);
  });

  it("where the user says, with stage for green alone", () => {
    const given = "http://jukebox.example.com:8080/gateway/";
    const url = "http://jukebox.example.com:8080/gateway/v2/models/jukebox/infer";
    assert.deepEqual(targets("promote", "S5", r24, {}, given).map(show), [`active ${r24}: ${url}`]);
    const [green, active] = targets("stage", "S3", r23, {}, given).map(show);
    assert.equal(green, `green ${r24}: ${url}`);
    assert.match(active ?? "", /https:\/\/jukebox-user1-test/);
  });

  it("with a token over TLS and within this machine only, where the user says", () => {
    for (const [given, confidential] of [
      ["https://anywhere.example.com", true],
      ["http://anywhere.example.com", false],
      ["http://localhost:8080", true],
      ["http://127.0.0.1:8080", true],
      ["http://[::1]:8080", true],
      ["http://127.0.0.1.example.com", false],
    ] as const) {
      const [target] = targets("promote", "S5", r24, {}, given);
      assert.equal(target?.place.kind === "url" && target.place.confidential, confidential, given);
    }
  });

  // biome-ignore format: a table
  const statuses: readonly (readonly [url: string | undefined, place: RegExp])[] = [
    [undefined, /: the InferenceService's status has no URL$/],
    ["jukebox", /: the URL in the status, jukebox, is no URL$/],
    ["file:///etc/passwd", /is neither https nor http$/],
    ["http://jukebox.apps.example.com", /is plain http to a host outside of the cluster$/],
    ["http://jukebox.svc.example.com", /is plain http to a host outside/],
    ["https://user:password@jukebox.apps.example.com", /https:\/\/…@jukebox\.apps\.example\.com, holds credentials$/],
    [`https://${"p".repeat(300)}@x.example.com`, /: the URL in the status, https:\/\/…@x\.example\.com, holds credentials$/],
    ["https://:password@jukebox.apps.example.com", /holds credentials$/],
    ["https://jukebox.apps.example.com/?x=1", /holds \? or #$/],
    ["https://jukebox.apps.example.com/#x", /holds \? or #$/],
    ["https://169.254.169.254/latest", /names an address in the place of a host$/],
    ["http://[fd00::1]/", /names an address/],
    ["https://0x7f.1", /names an address/],
    ["http://jukebox-predictor.user1-test.svc.cluster.local", /: http:\/\/jukebox-predictor\.user1-test\.svc\.cluster\.local\/v2\/models\/jukebox\/infer$/],
    ["http://jukebox-predictor.user1-test.svc", /infer$/],
    ["https://jukebox-user1-test.apps.example.com/", /\.com\/v2\/models\/jukebox\/infer \(private\)$/],
    ["https://24.apps.example.com", /\/\/24\.apps\.example\.com\/v2\/models/],
    ["https://jukebox24", /\/\/jukebox24\/v2\/models/],
    ["https://jukebox.example//", /\.example\/v2\/models/],
    ["me@nowhere://", /: the URL in the status, me@nowhere:\/\/, is no URL$/],
    ["//me@nowhere", /: the URL in the status, \/\/…@nowhere, is no URL$/],
    ["me@nowhere", /: the URL in the status, me@nowhere, is no URL$/],
    ["https://jukebox.example", /\.example\/v2\/models\/jukebox\/infer$/],
  ];
  for (const [url, place] of statuses) {
    it(`of the status' URL ${url?.slice(0, 60)}: ${place.source}`, () => {
      const [target] = targets("promote", "S5", r24, { url });
      assert.match(target === undefined ? "" : show(target), place);
    });
  }

  it("with a token to green's URL only where that is of the service's domain", () => {
    for (const [url, serviceUrl, confidential] of [
      [own, `https://jukebox-user1-test.${domain}`, true],
      ["https://latest.example.com", "https://jukebox.example.com", true],
      ["https://latest.com", "https://jukebox.com", false],
      ["https://latest.evil.example.net", `https://jukebox-user1-test.${domain}`, false],
      [own, undefined, false],
      [own, "nonsense", false],
    ] as const) {
      const traffic = [{ revision: r24, percent: 0, latest: true, tag: "latest", url }];
      const [green] = targets("stage", "S3", r23, { traffic, url: serviceUrl });
      assert.equal(green?.place.kind === "url" && green.place.confidential, confidential, `${serviceUrl}`);
    }
  });

  it("with the model's name as one segment of the path", () => {
    const [target] = targetsOf({
      action: "promote",
      service: serviceIn("S5"),
      active: r24,
      model: "a/../b?",
    });
    assert.match(target === undefined ? "" : show(target), /\/v2\/models\/a%2F\.\.%2Fb%3F\/infer/);
  });
});
