import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Failure } from "../../src/errors/failure.ts";
import { readPod } from "../../src/kube/pod.ts";
import { readRevision, readService } from "../../src/kube/readings.ts";

type Json = { [key: string]: unknown };

/** As recorded in S3; the model's source stands as STORAGE_URI, as the course's custom runtime has it. */
function recordedService(): Json {
  const lines = readFileSync(new URL("../fixtures/recordings/b.jsonl", import.meta.url), "utf8").split("\n");
  const last = lines.findLast((line) => line.includes('"kind":"InferenceService"')) ?? "";
  const { object } = JSON.parse(last);
  const { env: _, ...predictor } = object.spec.predictor;
  const env = [{ name: "STORAGE_URI", value: "oci://registry:5000/user1-test/jukebox:v2" }];
  return {
    ...object,
    metadata: { ...object.metadata, uid: "0f5c2a" },
    spec: { predictor: { ...predictor, containers: [{ name: "kserve-container", env }] } },
  };
}

describe("an InferenceService", () => {
  it("is read as it was recorded", () => {
    assert.deepEqual(readService(recordedService()), {
      ref: { namespace: "user1-test", name: "jukebox" },
      uid: "0f5c2a",
      generation: 2,
      mode: "Knative",
      specPercent: 0,
      sourceUri: "oci://registry:5000/user1-test/jukebox:v2",
      custom: {
        images: [],
        args: [],
        env: [{ name: "STORAGE_URI", value: "oci://registry:5000/user1-test/jukebox:v2" }],
      },
      minReplicas: 1,
      latestCreated: "jukebox-predictor-00002",
      latestReady: "jukebox-predictor-00002",
      latestRolledout: "jukebox-predictor-00001",
      previousRolledout: undefined,
      traffic: [
        { revision: "jukebox-predictor-00002", percent: 0, latest: true, tag: undefined, url: undefined },
        {
          revision: "jukebox-predictor-00001",
          percent: 100,
          latest: false,
          tag: "prev",
          url: "http://prev-jukebox-predictor-user1-test.apps.example.com",
        },
      ],
      conditions: Object.fromEntries(
        [
          ["IngressReady", "True"],
          ["LatestDeploymentReady", "True"],
          ["PredictorConfigurationReady", "True"],
          ["PredictorReady", "True"],
          ["PredictorRouteReady", "True"],
          ["Ready", "True"],
          ["RoutesReady", "True"],
          ["Stopped", "False"],
        ].map(([type, status]) => [type, { status, reason: undefined, message: undefined }]),
      ),
      url: "http://jukebox-predictor-user1-test.apps.example.com",
      modelTransition: "UpToDate",
      modelFailure: undefined,
    });
  });

  it("tells why its model failed, and is not spoilt by what makes no sense of that", () => {
    const failure = (lastFailureInfo: unknown) =>
      readService({
        metadata: { name: "x" },
        spec: { predictor: {} },
        status: { modelStatus: { transitionStatus: "InvalidSpec", lastFailureInfo } },
      }).modelFailure;
    assert.deepEqual(failure({ reason: "NoSupportingRuntime", message: "none", exitCode: 1 }), {
      reason: "NoSupportingRuntime",
      message: "none",
    });
    assert.equal(failure("x"), undefined);
  });

  it("needs no more than a name and a predictor", () => {
    const reading = readService({ metadata: { name: "jukebox" }, spec: { predictor: {} } });

    assert.deepEqual(reading.ref, { namespace: "", name: "jukebox" });
    assert.deepEqual([reading.mode, reading.traffic, reading.conditions], ["unknown", [], {}]);
    assert.equal(reading.specPercent, undefined);
  });

  it("in raw mode has a predictor status without traffic", () => {
    const url = "http://jukebox-predictor.user1-test";
    const reading = readService(service({ status: { components: { predictor: { url } } } }));

    assert.deepEqual(reading.traffic, []);
  });

  it("keeps a traffic entry whose optional fields Kubernetes has left out", () => {
    const reading = readService(withTraffic([{ latestRevision: true }]));

    const entry = { revision: "", percent: 0, latest: true, tag: undefined, url: undefined };
    assert.deepEqual(reading.traffic, [entry]);
  });

  it("keeps the reason and the message of a condition", () => {
    const condition = { type: "Ready", status: "Unknown", reason: "A", message: "b", severity: "Info" };
    const reading = readService(service({ status: { conditions: [condition] } }));

    assert.deepEqual(reading.conditions, { Ready: { status: "Unknown", reason: "A", message: "b" } });
  });

  describe("deployment mode", () => {
    const annotated = (value: string) => ({ "serving.kserve.io/deploymentMode": value });
    const knative = [{ latestRevision: true, percent: 100, revisionName: "r1" }];
    const cases: readonly (readonly [string, string | undefined, Json, unknown[], string])[] = [
      ["the status", "Knative", {}, [], "Knative"],
      ["the status by its old name", "Serverless", {}, [], "Knative"],
      ["the status", "Standard", {}, [], "Standard"],
      ["the status by its old name", "RawDeployment", {}, [], "Standard"],
      ["the status", "ModelMesh", {}, [], "ModelMesh"],
      ["the status before the annotation", "Standard", annotated("Serverless"), knative, "Standard"],
      ["the annotation without status", undefined, annotated("Serverless"), [], "Knative"],
      ["the annotation by its new name", undefined, annotated("Standard"), [], "Standard"],
      ["the annotation before the traffic", undefined, annotated("RawDeployment"), knative, "Standard"],
      ["the traffic where nothing else tells", undefined, {}, knative, "Knative"],
      ["the traffic where the word is unknown", "Someday", {}, knative, "Knative"],
      ["nobody", undefined, {}, [], "unknown"],
      ["nobody, with an unknown word", "Someday", annotated("Knative"), [], "unknown"],
    ];
    for (const [title, deploymentMode, annotations, traffic, mode] of cases) {
      it(`${title}: ${mode}`, () => {
        const raw = service({
          metadata: { name: "jukebox", annotations },
          status: { deploymentMode, components: { predictor: { traffic } } },
        });
        assert.equal(readService(raw).mode, mode);
      });
    }
  });

  describe("source URI", () => {
    const uri = "s3://bucket/jukebox:v1";
    const storage = { name: "STORAGE_URI", value: uri };
    const cases: readonly (readonly [string, Json, string | undefined])[] = [
      ["model", { model: { modelFormat: { name: "onnx" }, storageUri: uri } }, uri],
      ["a framework's own", { minReplicas: 1, sklearn: { storageUri: uri } }, uri],
      ["custom container", { containers: [{ env: [storage] }] }, uri],
      ["a later container", { containers: [{}, { env: [{ name: "A" }, storage] }] }, uri],
      [
        "model before container",
        { containers: [{ env: [storage] }], model: { storageUri: "oci://a:b" } },
        "oci://a:b",
      ],
      ["value from a secret", { containers: [{ env: [{ name: "STORAGE_URI", valueFrom: {} }] }] }, undefined],
      ["storage by key", { model: { storage: { key: "k", path: "p" } } }, undefined],
      ["a storageUri that is no text", { model: { storageUri: 1 } }, undefined],
      ["none", {}, undefined],
    ];
    for (const [title, predictor, expected] of cases) {
      it(title, () => assert.equal(readService(service({ spec: { predictor } })).sourceUri, expected));
    }
  });
});

describe("a custom predictor", () => {
  it("is read with what its containers are to be, and any other without", () => {
    const containers = [{ image: "jukebox:v2", args: ["--a"], env: [{ name: "A", value: "1" }] }];
    assert.deepEqual(readService(service({ spec: { predictor: { containers } } })).custom, {
      images: ["jukebox:v2"],
      args: ["--a"],
      env: [{ name: "A", value: "1" }],
    });
    assert.equal(readService(service({ spec: { predictor: {} } })).custom, undefined);
  });
});

describe("a revision", () => {
  it("is read with its source, its images and its condition", () => {
    const raw = {
      metadata: {
        name: "jukebox-predictor-00002",
        annotations: { "internal.serving.kserve.io/storage-initializer-sourceuri": "oci://r/jukebox:v2" },
      },
      spec: {
        containers: [
          { image: "server:1", args: ["--a", "--b"] },
          { name: "no image", args: 1 },
          {
            image: "jukebox:v2",
            env: [
              { name: "A", value: "1" },
              { name: "B", valueFrom: {} },
            ],
          },
        ],
      },
      status: { conditions: [{ type: "Ready", status: "False", reason: "ExitCode1" }] },
    };

    assert.deepEqual(readRevision(raw), {
      name: "jukebox-predictor-00002",
      sourceUri: "oci://r/jukebox:v2",
      images: ["server:1", "jukebox:v2"],
      args: ["--a", "--b"],
      env: [{ name: "A", value: "1" }],
      ready: { status: "False", reason: "ExitCode1", message: undefined },
    });
  });

  it("needs no more than a name", () => {
    const expected = { name: "r1", sourceUri: undefined, images: [], args: [], env: [], ready: undefined };

    assert.deepEqual(readRevision({ metadata: { name: "r1" } }), expected);
    assert.deepEqual(readRevision({ metadata: { name: "r1" }, spec: {}, status: {} }), expected);
  });
});

describe("a pod", () => {
  const conditions = [{ type: "Ready", status: "True" }];
  const labels = { "serving.knative.dev/revision": "r1" };
  const cases: readonly (readonly [string, Json, Json])[] = [
    ["ready", { metadata: { name: "p", labels }, status: { conditions } }, { revision: "r1", ready: true }],
    [
      "terminating, ready still",
      { metadata: { name: "p", labels, deletionTimestamp: "2026-11-23T21:09:51Z" }, status: { conditions } },
      { revision: "r1", ready: true, terminating: true },
    ],
    [
      "not ready",
      { metadata: { name: "p", labels }, status: { conditions: [{ type: "Ready", status: "False" }] } },
      { revision: "r1" },
    ],
    ["just made", { metadata: { name: "p", labels }, status: {} }, { revision: "r1" }],
    ["of no revision, without status", { metadata: { name: "p" } }, { revision: undefined }],
  ];
  for (const [title, raw, expected] of cases) {
    it(title, () => {
      const { name, revision, ready, terminating } = readPod(raw);
      assert.deepEqual(
        { name, revision, ready, terminating },
        { name: "p", ready: false, terminating: false, ...expected },
      );
    });
  }
});

describe("hostile objects", () => {
  const readers = { readService, readRevision, readPod };
  const noObjects = [undefined, null, true, 0, Number.NaN, "", "{}", [], {}, () => ({}), Symbol("x"), 10n];
  for (const [name, read] of Object.entries(readers)) {
    it(`${name}: what is no object of Kubernetes`, () => {
      for (const raw of noObjects) refused(() => read(raw));
      for (const metadata of [null, [], "x", {}, { name: 1 }, { name: null }]) {
        refused(() => read({ metadata, spec: { predictor: {} } }));
      }
    });

    it(`${name}: wrong types in the metadata`, () => {
      for (const wrong of [
        { labels: [1] },
        { labels: { a: 1 } },
        { labels: "a=b" },
        { annotations: { a: null } },
        { annotations: 7 },
        { deletionTimestamp: 1 },
        { namespace: {} },
        { generation: -1 },
        { generation: 1.5 },
        { generation: "1" },
      ]) {
        refused(() => read({ metadata: { name: "x", ...wrong }, spec: { predictor: {} } }));
      }
    });

    it(`${name}: wrong conditions`, () => {
      const bad = { type: "Ready", status: "True" };
      for (const conditions of [
        {},
        "Ready",
        null,
        [null],
        [{ ...bad, status: true }],
        [{ ...bad, status: "true" }],
        [{ status: "True" }],
        [{ ...bad, reason: {} }],
        [{ ...bad, message: 1 }],
      ]) {
        refused(() => read({ metadata: { name: "x" }, spec: { predictor: {} }, status: { conditions } }));
      }
    });
  }

  const wrongPercents = [101, -1, 1.5, "100", null, true, {}, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53];
  for (const wrong of wrongPercents) {
    it(`percent ${JSON.stringify(wrong) ?? String(wrong)} (${typeof wrong})`, () => {
      refused(() => readService(service({ spec: { predictor: { canaryTrafficPercent: wrong } } })));
      refused(() => readService(withTraffic([{ revisionName: "r1", percent: wrong }])));
    });
  }

  const wrongServices: readonly (readonly [string, Json])[] = [
    ["no spec", { metadata: { name: "x" } }],
    ["no predictor", service({ spec: {} })],
    ["a predictor that is a word", service({ spec: { predictor: "x" } })],
    ["containers that are no list", service({ spec: { predictor: { containers: {} } } })],
    ["env as a map", service({ spec: { predictor: { containers: [{ env: { A: "b" } }] } } })],
    [
      "an env value that is no text",
      service({ spec: { predictor: { containers: [{ env: [{ name: "A", value: 1 }] }] } } }),
    ],
    ["minReplicas below zero", service({ spec: { predictor: { minReplicas: -1 } } })],
    ["status that is a word", service({ status: "fine" })],
    ["a mode that is no text", service({ status: { deploymentMode: 1 } })],
    ["a url that is no text", service({ status: { url: {} } })],
    ["a model status that is a word", service({ status: { modelStatus: "UpToDate" } })],
    ["traffic that is a map", withTraffic({ 0: { percent: 100 } })],
    ["traffic that is a word", withTraffic("100")],
    ["traffic that is null", withTraffic(null)],
    ["a traffic entry that is null", withTraffic([null])],
    ["a revision name that is no text", withTraffic([{ revisionName: 23 }])],
    ["a tag that is no text", withTraffic([{ tag: ["prev"] }])],
    ["latestRevision as a word", withTraffic([{ latestRevision: "true" }])],
    [
      "revision names that are no text",
      service({ status: { components: { predictor: { latestReadyRevision: 23 } } } }),
    ],
  ];
  for (const [title, raw] of wrongServices) {
    it(title, () => refused(() => readService(raw)));
  }

  it("images that are no text", () => {
    refused(() => readRevision({ metadata: { name: "r1" }, spec: { containers: [{ image: 1 }] } }));
    refused(() => readRevision({ metadata: { name: "r1" }, spec: { containers: "x" } }));
  });

  it("keys of prototypes change nothing", () => {
    const json = `{
      "__proto__": {"polluted": true},
      "metadata": {"name": "jukebox", "__proto__": {"namespace": "evil"}, "constructor": {"a": 1},
        "labels": {"__proto__": "x", "a": "b"}, "annotations": {"constructor": "x", "__proto__": {"a": "b"}}},
      "spec": {"predictor": {"__proto__": {"canaryTrafficPercent": 100, "storageUri": "evil:v1"}}},
      "status": {"conditions": [{"type": "__proto__", "status": "True"}, {"type": "constructor", "status": "True"}],
        "components": {"predictor": {"__proto__": {"latestReadyRevision": "evil"}}}}
    }`;

    const reading = readService(JSON.parse(json));

    assert.equal(reading.ref.namespace, "");
    assert.equal(reading.specPercent, undefined);
    assert.equal(reading.sourceUri, undefined);
    assert.equal(reading.latestReady, undefined);
    assert.equal(reading.conditions["Ready"], undefined);
    assert.equal(Object.getPrototypeOf(reading.conditions), Object.prototype);
    assert.equal(({} as Json)["polluted"], undefined);
  });

  it("huge ones are read, or refused in one short line", () => {
    const entry = { revisionName: "r1", percent: 0 };
    const reading = readService(withTraffic(Array.from({ length: 100_000 }, () => entry)));
    assert.equal(reading.traffic.length, 100_000);

    const { evidence } = refused(() =>
      readService(service({ spec: { predictor: { canaryTrafficPercent: "9".repeat(1_000_000) } } })),
    );
    assert.ok(evidence.length <= 500, `${evidence.length} characters`);
  });

  it("nested deeply where nobody looks are read", () => {
    const depth = 2_000;
    const deep = JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);

    assert.equal(readService(service({ spec: { predictor: { deep } } })).sourceUri, undefined);
  });

  it("bring no control characters into the evidence, and name the field", () => {
    const { evidence } = refused(() =>
      readService(service({ spec: { predictor: { canaryTrafficPercent: "\u001b[2J\n100" } } })),
    );

    assert.match(evidence, /^InferenceService: spec\.predictor\.canaryTrafficPercent: /);
    assert.doesNotMatch(evidence, /\p{Cc}/u);
    const whole = refused(() => readPod("x"));
    assert.match(whole.evidence, /^Pod: the object: /);
  });
});

function service(changes: Json = {}): Json {
  return { metadata: { name: "jukebox" }, spec: { predictor: {} }, ...changes };
}

function withTraffic(traffic: unknown): Json {
  return service({ status: { components: { predictor: { traffic } } } });
}

/** The Failure CLUSTER_ANSWER that this must throw, and nothing else. */
function refused(read: () => unknown): Failure {
  try {
    const reading = read();
    assert.fail(`read as ${JSON.stringify(reading)}`);
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.reason, "CLUSTER_ANSWER");
    return error;
  }
}
