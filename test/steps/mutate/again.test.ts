/** Walks the table of `again.ts`: every state, every action, whatever Git holds and whoever put it there. */
import assert from "node:assert/strict";
import { formatMessage } from "../../../src/core/commit/trailers.ts";
import { type Action, actions } from "../../../src/core/intent.ts";
import { decideRollout } from "../../../src/core/rollout.ts";
import { Failure } from "../../../src/errors/failure.ts";
import { type Plan, prepare } from "../../../src/steps/mutate/prepare.ts";
import { stateNames } from "../../core/states.ts";
import { fileWith, intentOf, location, requestOf } from "../builders.ts";
import { createGit, type MemoryGit } from "../fakes.ts";
import { type State, states, worldOfState } from "./again.ts";

interface Change {
  readonly version: string;
  /** `-`: none. */
  readonly percent: string;
  readonly message?: string;
}

function changesOf({ git }: State): readonly [Change, ...Change[]] {
  return git.split(" ").map((each) => {
    const [version = "", percent = ""] = each.split("/");
    return { version, percent };
  }) as [Change, ...Change[]];
}

function textOf({ version, percent }: Change): string {
  return percent === "-" ? fileWith(version, "").replace(/canary:.*/s, "") : fileWith(version, percent);
}

function gitWith([first, ...others]: readonly [Change, ...Change[]]): MemoryGit {
  const git = createGit({ [location.path]: textOf(first) });
  for (const change of others)
    git.commit({ files: { [location.path]: textOf(change) }, message: change.message ?? "By hand" });
  return git;
}

/** What the action wants the file to hold, in a state where it may hold it already. */
function wantedOf(action: Action, state: State): Change {
  const last = lastOf(changesOf(state));
  if (action === "promote") return { ...last, percent: "100" };
  if (action === "rollback" || last.percent === "0") return { ...last, percent: "0" };
  return { version: next(last.version), percent: "0" };
}

function lastOf(changes: readonly Change[]): Change {
  return changes.at(-1) as Change;
}

function next(version: string): string {
  return `v${Number(version.slice(1)) + 1}`;
}

function same(one: Change, other: Change): boolean {
  return one.version === other.version && one.percent === other.percent;
}

/** All that Git held up to the wanted value. The last commit is `message`'s. */
function reached(action: Action, state: State, message: string): readonly [Change, ...Change[]] {
  const changes = changesOf(state);
  const wanted = { ...wantedOf(action, state), message };
  const [first, ...others] = changes;
  if (!same(lastOf(changes), wanted)) return [first, ...others, wanted];
  return others.length === 0
    ? [{ version: "v0", percent: "100" }, wanted]
    : [first, ...others.slice(0, -1), wanted];
}

function short(names: {
  readonly active?: string | undefined;
  readonly standby?: string | undefined;
}): string {
  const { active, standby } = names;
  return `${active?.slice(-2) ?? "none"}${standby === undefined ? "" : ` over ${standby.slice(-2)}`}`;
}

/** `stage 23`, `promote 23→24`: as the message of a run's commit. */
function messageBy(run: string, trailers: string): string {
  const [action, names = ""] = trailers.split(" ");
  const [from, to] = names.split("→").map((name) => name && `jukebox-predictor-000${name}`);
  return formatMessage({
    subject: "Change",
    trailers: {
      "Bluegreen-Action": action,
      "Bluegreen-Run": run,
      "Bluegreen-Service": "user1-test/jukebox",
      "Bluegreen-From-Revision": from,
      "Bluegreen-To-Revision": to,
    },
  });
}

async function outcome(
  action: Action,
  version: string,
  name: string,
  changes: readonly [Change, ...Change[]],
): Promise<{ text: string; own: boolean }> {
  const world = worldOfState(name);
  const request = requestOf(action, { intent: intentOf(action, version) });
  const snapshot = await gitWith(changes).fetch();
  let plan: Plan;
  try {
    plan = await prepare(request, snapshot, world, { reach: { commits: 1_000, since: 0 } });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { text: `refused ${error.reason}`, own: false };
  }
  if (plan.kind === "commit") {
    const reasons = plan.findings.map(({ reason }) => reason);
    return {
      text: reasons.length > 0 ? `refused ${reasons.join(" ")}` : `commits ${short(plan.expectation)}`,
      own: false,
    };
  }
  const decision = decideRollout(plan.expectation, world);
  const end =
    decision.kind === "waiting"
      ? decision.link
      : decision.kind === "failed"
        ? `FAILS ${decision.reason}`
        : "done";
  return { text: `${short(plan.expectation)}: ${end}`, own: plan.own };
}

describe("an action that is run again, or finds what somebody did", () => {
  it("is tabled for every state and every reading that misleads", () => {
    const misleading = ["T1", "T2", "T4", "T6", "T3", "T3b", "T3b at 0", "T5"];
    assert.deepEqual(Object.keys(states), [...stateNames, ...misleading]);
  });

  for (const [name, state] of Object.entries(states)) {
    for (const action of actions) {
      const { other, run, hand } = state[action];
      const wanted = wantedOf(action, state);

      it(`${name}, ${action}, Git holds another value: ${other}`, async () => {
        const changes = changesOf(state);
        const newer = next(lastOf(changes).version);
        const away = { version: wanted.version, percent: wanted.percent === "0" ? "100" : "0" };
        const isThere = action !== "stage" && same(lastOf(changes), wanted);
        const found = await outcome(action, newer, name, isThere ? [...changes, away] : changes);
        assert.equal(found.text, other);
      });

      it(`${name}, ${action}, Git holds its value by hand: ${hand}`, async () => {
        const found = await outcome(action, wanted.version, name, reached(action, state, "By hand"));
        assert.deepEqual(found, { text: hand, own: false });
      });

      if (run === "–") continue;
      const [trailers = "", proven = ""] = run.split(" | ");

      it(`${name}, ${action}, Git holds its value by a run: ${run}`, async () => {
        for (const id of ["run-1", "run-9"]) {
          const changes = reached(action, state, messageBy(id, trailers));
          const own = id === "run-1" && trailers.startsWith(action);
          assert.deepEqual(await outcome(action, wanted.version, name, changes), { text: proven, own });
        }
      });

      it(`${name}, ${action}, Git holds another value by hand, after a run: its retry leaves it, others go on`, async () => {
        const by = (id: string) => {
          const first = reached(action, state, messageBy(id, trailers));
          return outcome(action, wanted.version, name, [...first, { ...wanted, percent: "20" }]);
        };
        const own = trailers.startsWith(action);
        const text = own ? "refused SUPERSEDED" : (await by("run-9")).text;
        assert.equal((await by("run-1")).text, text);
        assert.match((await by("run-9")).text, /^commits|^refused (?!SUPERSEDED)/);
      });

      it(`${name}, ${action}, Git holds its value by hand, after a run: ${hand}`, async () => {
        const first = reached(action, state, messageBy("run-1", trailers));
        const changes = [...first, { ...wanted, percent: "20" }, wanted] as const;
        assert.deepEqual(await outcome(action, wanted.version, name, changes), { text: hand, own: false });
      });
    }
  }
});
