/** What the verdict rests on: the counters by pod, the checks, the queries. */
import type { Colours } from "../../core/colours.ts";
import type { ModelRun } from "../../core/run-state.ts";
import type { Traffic } from "../../steps/settle/traffic.ts";
import { checkFacts, podFacts } from "../facts.ts";
import { curlOf, queriesOf } from "../queries.ts";
import { clockTime } from "../times.ts";
import { html, type Markup } from "./markup.ts";
import { card, colouredRevision, table } from "./parts.ts";

export function counters({ verdict }: ModelRun, colours: Colours): Markup | undefined {
  const pods = podFacts(verdict);
  if (pods.length === 0) return undefined;
  const from = verdict?.since === undefined ? "" : ` since ${clockTime(verdict.since * 1000)} UTC`;
  return card(
    "Requests counted by pod",
    table(
      `What the pods' own counters show${from}, the cut-over and the settle time over`,
      ["pod", "revision", "role", "requests", "failed", "samples"],
      pods.map(({ pod, revision, role, requests, failed, samples }) => [
        pod,
        { content: colouredRevision(revision, colours), look: "nowrap" },
        { content: role, look: "nowrap" },
        requests,
        failed,
        samples,
      ]),
    ),
  );
}

export function checks({ verdict }: ModelRun): Markup | undefined {
  const all = checkFacts(verdict);
  if (all.length === 0) return undefined;
  return card(
    "Checks",
    table(
      "Held against the revision that the run is about",
      ["check", "condition", "result", "last measured"],
      all.map(({ name, condition, result, detail }) => [
        name,
        { content: html`<code>${condition}</code>`, look: "nowrap" },
        result,
        { content: detail, look: "long" },
      ]),
    ),
  );
}

export function queries(model: ModelRun, traffic: Traffic | undefined): Markup | undefined {
  const all = queriesOf(model, traffic);
  if (all.length === 0) return undefined;
  return card(
    "Queries, to be asked again",
    html`<p>Put the address of your Prometheus in the place of PROMETHEUS. Each query is asked for the moment at which the run asked it; a range such as [90s] ends there.</p>`,
    all.map(
      (asked) => html`<details class="query"><summary>${asked.what}</summary>
<pre class="wrap">${asked.query}</pre><pre class="wrap">${curlOf(asked)}</pre></details>\n`,
    ),
  );
}
