import assert from "node:assert/strict";
import { html, trusted } from "../../../src/report/html/markup.ts";

describe("markup", () => {
  const cases: readonly (readonly [what: string, made: { markup: string }, text: string])[] = [
    ["text is escaped", html`<p>${`<b>"&'`}</p>`, "<p>&lt;b&gt;&quot;&amp;&#39;</p>"],
    ["markup is not", html`<p>${html`<b>${"<"}</b>`}</p>`, "<p><b>&lt;</b></p>"],
    ["what a library made is not", html`${trusted("<svg/>")}`, "<svg/>"],
    ["lists are joined", html`${[html`<i></i>`, "<", [1, undefined]]}`, "<i></i>&lt;1"],
    ["nothing is nothing", html`a${undefined}b`, "ab"],
    ["numbers", html`${0} ${-1.5}`, "0 -1.5"],
    ["line breaks stay, other control characters do not", html`${"a\nb\u0000c\u202ed\ud800"}`, "a\nb c d "],
    [
      "an object that only looks like markup is taken at its word by type alone",
      html`${"[object Object]"}`,
      "[object Object]",
    ],
  ];
  for (const [what, { markup }, text] of cases) it(what, () => assert.equal(markup, text));
});
