/** What came of one link of a run, in a few words. */
import { type ModelRun, modelsOf, type RunState, type Trouble } from "../core/run-state.ts";
import { settlementOf } from "../core/settlement.ts";
import { printable } from "../core/text.ts";
import { exitCodes, reasons } from "../errors/catalogue.ts";

export interface LinkSummary {
  readonly ok: boolean;
  /** One line, printable. */
  readonly text: string;
}

type LinkName = "mutate" | "await" | "verify" | "settle";

export function linkSummary(name: LinkName, state: RunState): LinkSummary {
  if (name === "settle") {
    const { outcome, reason } = settlementOf(state);
    return { ok: exitCodes[reasons[reason].class] === 0, text: `${outcome} ${reason}` };
  }
  const models = modelsOf(state).map(summaries[name]);
  const texts = [...new Set(models.map(({ text }) => text))].filter((text) => text !== "");
  return { ok: models.every(({ ok }) => ok), text: printable(texts.join("; ")) };
}

const summaries = {
  mutate: ({ mutation: { kind, commit } }: ModelRun): LinkSummary => {
    const id = commit === undefined ? "" : ` ${commit.slice(0, 10)}`;
    return { ok: true, text: kind === "unchanged" ? "nothing to commit" : `commit${id}` };
  },
  await: ({ rollout }: ModelRun): LinkSummary =>
    rollout?.trouble === undefined
      ? { ok: rollout?.cutOverAt !== undefined, text: `${rollout?.active ?? ""} has all the traffic` }
      : troubled(rollout.trouble),
  verify: ({ verdict }: ModelRun): LinkSummary =>
    verdict?.trouble === undefined
      ? { ok: verdict !== undefined, text: verdict?.summary ?? "" }
      : troubled(verdict.trouble),
} as const;

function troubled({ reason }: Trouble): LinkSummary {
  return { ok: false, text: `${reason}: ${reasons[reason].what}` };
}
