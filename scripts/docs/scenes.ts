/** The commands whose output stands in the documentation, and the embedded cluster that they are run on. */
import { setFaults } from "../../test/sandbox/cluster/faults.ts";
import { POD } from "../../test/sandbox/cluster/kinds.ts";
import type { Sandbox, SandboxOptions } from "../../test/sandbox/sandbox.ts";

export interface Scene {
  /** What a page's block calls it: ```` ```console NAME ````. */
  readonly name: string;
  readonly command: string;
  /** The exit code without which the page would tell something else. */
  readonly exit: number;
  /** Waits for what the scene begins with. */
  readonly before?: (sandbox: Sandbox) => void | Promise<void>;
}

/** Scenes that follow each other on one cluster. */
export interface Session {
  /** Played by the tests, too: it takes a second or two, and prints the same whatever else the machine does. */
  readonly quick?: true;
  readonly sandbox: SandboxOptions;
  /** Variables that shorten the waiting; docs/README.md names them. */
  readonly env: Readonly<Record<string, string>>;
  readonly scenes: readonly Scene[];
}

const env = { BLUEGREEN_SETTLE_TIME: "2s", BLUEGREEN_VERIFY_INTERVAL: "500ms" };

/** A colour that left the route keeps its pods for longer than a scene takes on a busy machine. */
const settings = { scaleToZeroMs: 30_000 };

/** Knative scales a revision to zero by itself; the scene shows how it is then. */
function scaledToZero(revision: string) {
  return ({ store, until }: Sandbox): Promise<void> =>
    until(
      () => store.list(POD).every(({ metadata }) => !metadata.name.startsWith(`${revision}-`)),
      `${revision} has no pod`,
      120_000,
    );
}

export const sessions: readonly Session[] = [
  {
    sandbox: { requestsPerSecond: 30, settings },
    env,
    scenes: [
      { name: "stage", command: "bluegreen stage --model-version 9f86d08188", exit: 0 },
      { name: "status", command: "bluegreen status", exit: 0 },
      { name: "promote", command: "bluegreen promote", exit: 0 },
      {
        name: "unchanged",
        command: "bluegreen promote",
        exit: 0,
        before: scaledToZero("jukebox-predictor-00001"),
      },
      { name: "rollback", command: "bluegreen rollback", exit: 0 },
      { name: "rolled-back", command: "oc get isvc jukebox -n user1-test", exit: 0 },
      { name: "commit", command: "git log -1 --format=%B main", exit: 0 },
      {
        name: "chart-ignores-key",
        command: "bluegreen promote --sync-grace 3s",
        exit: 33,
        before: ({ store }) => setFaults(store, { argocd: { chart: "ignores-canary" } }),
      },
    ],
  },
  {
    quick: true,
    sandbox: { prometheus: "none" },
    env,
    scenes: [
      { name: "plan", command: "bluegreen plan stage --model-version 9f86d08188", exit: 0 },
      {
        name: "typo",
        command: "bluegreen promote --promql 'sum(rate(ovms_requests_success[5m]) by (pod)'",
        exit: 20,
      },
      { name: "nothing-to-roll-back", command: "bluegreen rollback", exit: 22 },
    ],
  },
  {
    sandbox: { prometheus: "none" },
    env,
    scenes: [
      {
        name: "green-never-ready",
        command: "bluegreen stage --model-version 4e07408562 --timeout 8s",
        exit: 35,
        before: ({ store }) => setFaults(store, { models: [{ match: "4e07408562", kind: "never-ready" }] }),
      },
      { name: "green-not-ready", command: "bluegreen promote", exit: 22 },
    ],
  },
  {
    sandbox: { gateway: true, settings },
    env,
    scenes: [
      {
        name: "idle-stage",
        command: "bluegreen stage --model-version 9f86d08188 --verify-timeout 8s",
        exit: 25,
      },
      {
        name: "idle-probed",
        command: "bluegreen promote --probe-payload-file tekton/samples/probe-jukebox.json",
        exit: 0,
      },
    ],
  },
];

/** Measurements: they take minutes and need no cluster, so they are made with `npm run docs -- --figures` only. */
export const figures: readonly Pick<Scene, "name" | "command">[] = [
  { name: "figures", command: "npm run --silent bench -- startup reaction" },
];

/** Each scene's name with its command. */
export const scenes: ReadonlyMap<string, string> = new Map(
  [...figures, ...sessions.flatMap((session) => session.scenes)].map(({ name, command }) => [name, command]),
);
