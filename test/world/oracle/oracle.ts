/** Right or wrong? Every run of a story, judged from what really happened. */

import { recoverySettlement } from "../../../src/core/recovery.ts";
import type { ModelRun, RunState } from "../../../src/core/run-state.ts";
import type { Settlement } from "../../../src/core/settlement.ts";
import { reasons } from "../../../src/errors/catalogue.ts";
import type { Attempt } from "../attempt.ts";
import { seenBy } from "../setting.ts";
import type { Lived } from "../simulate.ts";
import { wrongWithChecks } from "./checks.ts";
import { mistakesInEnd } from "./ends.ts";
import { claimOf, isLastWord, type Mistake } from "./evidence.ts";
import { wrongCause, wrongWithFail } from "./fails.ts";
import { mistakesInHistory } from "./history.ts";
import { wrongWithPass } from "./passes.ts";
import { mistakesInWhole, modelsIn, troubleOf, worldOf } from "./whole.ts";

export function judge(lived: Lived): readonly Mistake[] {
  return [
    ...lived.attempts.flatMap((attempt) => judgeAttempt(lived, attempt)),
    ...lived.views.flatMap(({ model }) => mistakesInHistory(seenBy(lived, model.index))),
  ];
}

function judgeAttempt(lived: Lived, attempt: Attempt): readonly Mistake[] {
  const mistakes = [...mistakesInEnd(lived, attempt), ...mistakesInWhole(lived, attempt)];
  const { settlement, state } = attempt.ending ?? {};
  if (settlement === undefined || state === undefined) return mistakes.map((one) => named(one, attempt));
  const { recovery } = state;
  const own = mistakesInClaims(lived, attempt, state, settlement);
  mistakes.push(...own);
  if (recovery !== undefined) {
    if (own.some(({ kind }) => kind === "false FAIL") || settlement.outcome !== "FAIL") {
      mistakes.push({ kind: "false rollback", detail: `rolled back for ${settlement.reason}` });
    }
    if (recovery.run !== undefined) {
      mistakes.push(...mistakesInClaims(lived, attempt, recovery.run, recoverySettlement(recovery)));
    }
  }
  return mistakes.map((one) => named(one, attempt));
}

/** Of several models each has an end of its own. */
function mistakesInClaims(
  lived: Lived,
  attempt: Attempt,
  run: Omit<RunState, "recovery">,
  whole: Settlement,
): readonly Mistake[] {
  const models = modelsIn(run);
  return models.flatMap((model) => {
    const end = attempt.plan.models === undefined ? whole : endOf(model);
    return mistakesInClaim(worldOf(lived, model), attempt, model, end);
  });
}

function endOf(model: ModelRun): Pick<Settlement, "outcome" | "reason"> {
  const { reason } = troubleOf(model) ?? { reason: "CUT_OVER_PROVEN" };
  return { outcome: reasons[reason].outcome, reason };
}

function mistakesInClaim(
  lived: Lived,
  attempt: Attempt,
  run: ModelRun,
  { outcome, reason }: Pick<Settlement, "outcome" | "reason">,
): readonly Mistake[] {
  const claim = claimOf(lived, attempt, run);
  const mismeasured = wrongWithChecks(claim);
  if (mismeasured !== undefined) {
    return [{ kind: outcome === "FAIL" ? "false FAIL" : "false PASS", detail: mismeasured }];
  }
  if (reasons[reason].class === "ok") {
    const wrong = wrongWithPass(claim);
    return wrong === undefined ? [] : [{ kind: "false PASS", detail: wrong }];
  }
  if (reason === "SUPERSEDED" && isLastWord(claim)) {
    return [{ kind: "wrong cause", detail: `${reason}: nobody decided otherwise` }];
  }
  if (outcome !== "FAIL") return [];
  const wrong = wrongWithFail(claim, reason);
  if (wrong !== undefined) return [{ kind: "false FAIL", detail: `${reason}: ${wrong}` }];
  const cause = wrongCause(claim, reason);
  return cause === undefined ? [] : [{ kind: "wrong cause", detail: `${reason}: ${cause}` }];
}

function named({ kind, detail }: Mistake, { plan, number }: Attempt): Mistake {
  return { kind, detail: `${plan.id} (${plan.action}, attempt ${number}): ${detail}` };
}
