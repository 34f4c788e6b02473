/** One page of one file: no script, no request to anywhere, and a policy that would not let one through. */
import { createHash } from "node:crypto";
import { blueAndGreenOf } from "../../core/colours.ts";
import { recoverySettlement } from "../../core/recovery.ts";
import { type ModelRun, modelsOf, type Recovery } from "../../core/run-state.ts";
import type { Traffic } from "../../steps/settle/traffic.ts";
import { isoTime } from "../times.ts";
import { nameOf, subjectOf, type WholeRun } from "../whole.ts";
import { chain } from "./chain.ts";
import { diff } from "./diff.ts";
import { holdings } from "./holdings.ts";
import { isvc } from "./isvc.ts";
import { type Content, html, type Markup, trusted } from "./markup.ts";
import { type Draw, picture } from "./picture.ts";
import { checks, counters, queries } from "./proof.ts";
import { style } from "./style.ts";
import { verdict } from "./verdict.ts";

/** `draw`: draws the picture, or says why it cannot. */
export function htmlReport(whole: WholeRun, draw: Draw | string): string {
  const checksum = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${checksum}'; base-uri 'none'; form-action 'none'`;
  const title = `${whole.settlement.outcome}: ${subjectOf(whole)}`;
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<header><p class="kicker">bluegreen ${whole.version} · cut-over report</p></header>
<main>
${verdict(whole)}${bodyOf(whole, draw)}</main>
<footer><p>Run ${whole.state?.run ?? "without a name"}, reported at ${isoTime(whole.at)} by bluegreen ${whole.version}.</p></footer>
</body>
</html>
`;
  return page.markup;
}

function bodyOf(whole: WholeRun, draw: Draw | string): Content {
  const { state, traffic } = whole;
  if (state === undefined) return foundOf(whole);
  const recovery = state.recovery;
  const undone = recovery?.run === undefined ? [] : modelsOf(recovery.run);
  const models = modelsOf(state).map((model, index) => {
    const back = undone.find((each) => nameOf(each) === nameOf(model));
    return section(model, traffic[index], draw, back?.rollout?.cutOverAt);
  });
  return [models, recovery === undefined ? undefined : recoverySection(recovery, models.length > 1)];
}

function section(
  model: ModelRun,
  traffic: Traffic | undefined,
  draw: Draw | string,
  rollback: number | undefined,
): Markup {
  const colours = blueAndGreenOf(model);
  const { before, rollout, diff: changed, git } = model;
  return html`<h2>${nameOf(model)}</h2>
${chain(model)}${picture(model, colours, traffic, draw, rollback)}${isvc({ before, after: rollout?.service })}${
  changed && diff("The commit", git.location.path, changed)
}${holdings(model, colours)}${counters(model, colours)}${checks(model)}${queries(model, traffic)}`;
}

/** The rollback's own chain; its traffic is in the picture above. Of a run about `several` models it may be about one. */
function recoverySection(recovery: Recovery, several: boolean): Markup {
  const { outcome, reason, evidence } = recoverySettlement(recovery);
  const models = recovery.run === undefined ? [] : modelsOf(recovery.run);
  return html`<h2>Automatic rollback: ${outcome}</h2>
<p class="card">${reason}: ${evidence}</p>
${models.map((model) => {
  const colours = blueAndGreenOf(model);
  const { before, rollout, diff: changed, git } = model;
  return html`${several ? html`<h3>${nameOf(model)}</h3>` : undefined}${chain(model)}${isvc({
    before,
    after: rollout?.service,
  })}${changed && diff("Its commit", git.location.path, changed)}${holdings(model, colours)}${counters(model, colours)}${queries(model, undefined)}`;
})}`;
}

/** Of a run that ended before it had a state. */
function foundOf({ found }: WholeRun): Content {
  return found.map(
    ({ service, before, diff: planned }) => html`<h2>${nameOf({ service })}</h2>
${isvc({ before })}${planned && diff("The commit that was not made", undefined, planned)}`,
  );
}
