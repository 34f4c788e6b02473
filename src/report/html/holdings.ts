/** What both colours hold of the cluster. */
import type { Colours } from "../../core/colours.ts";
import type { ModelRun } from "../../core/run-state.ts";
import { holdingFacts } from "../facts.ts";
import type { Markup } from "./markup.ts";
import { card, colouredRevision, table } from "./parts.ts";

export function holdings(model: ModelRun, colours: Colours): Markup | undefined {
  const all = holdingFacts(model);
  if (all.length === 0) return undefined;
  return card(
    "Both colours at the end",
    table(
      "Replicas, and what they request of the cluster",
      ["revision", "traffic", "state", "replicas", "resources"],
      all.map(({ revision, traffic, state, replicas, resources }) => [
        { content: colouredRevision(revision, colours), look: "nowrap" },
        { content: traffic, look: "nowrap" },
        { content: state, look: "long" },
        { content: replicas, look: "nowrap" },
        { content: resources === "" ? "none" : resources, look: "long" },
      ]),
    ),
  );
}
