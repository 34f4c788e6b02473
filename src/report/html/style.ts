/** The page's only style sheet. Its checksum stands in the page's policy, so that no other style is applied. */

/**
 * Blue and green by light and dark: told apart by people who see no red, no green or no blue, and with a contrast of at
 * least 3 to the ground (4.5 where they are text); test/report/html/style.test.ts measures both.
 */
export const palettes = {
  light: {
    ground: "#f4f6f8",
    card: "#ffffff",
    ink: "#1a2027",
    soft: "#55606d",
    line: "#d5dbe2",
    blue: "#12489c",
    green: "#0d8050",
    other: "#a3480d",
    good: "#12704c",
    bad: "#b3261e",
    doubt: "#8a5a00",
    removed: "#fdecea",
    added: "#e6f4ec",
    changed: "#fff3d1",
  },
  dark: {
    ground: "#0f141a",
    card: "#182029",
    ink: "#e8edf2",
    soft: "#a3b0bd",
    line: "#33404d",
    blue: "#5c9dff",
    green: "#62e8b0",
    other: "#f0a060",
    good: "#57d3a0",
    bad: "#ff8a80",
    doubt: "#f2c14e",
    removed: "#45211f",
    added: "#173a2a",
    changed: "#463a17",
  },
} as const;

function variables(palette: Readonly<Record<string, string>>): string {
  return Object.entries(palette)
    .map(([name, value]) => `--${name}:${value}`)
    .join(";");
}

export const style = `
:root{color-scheme:light dark;${variables(palettes.light)}}
@media (prefers-color-scheme:dark){:root{${variables(palettes.dark)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem}
footer{padding-bottom:2rem;color:var(--soft);font-size:.875rem}
h1{font-size:1.5rem;line-height:1.25;margin:.25rem 0 .5rem;font-weight:650}
h2{font-size:1.25rem;margin:2.25rem 0 .75rem;font-weight:650}
h3{font-size:1rem;margin:0 0 .75rem;font-weight:650}
p{margin:.25rem 0}
a{color:var(--blue)}
code,pre{font:.8125rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.kicker{color:var(--soft);font-size:.875rem;margin:0 0 .5rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.125rem 1.25rem;margin:0 0 1rem}
.verdict{border-left:.5rem solid var(--tone)}
.verdict h1{margin-top:.5rem}
.good{--tone:var(--good)}.bad{--tone:var(--bad)}.doubt{--tone:var(--doubt)}
.badge{display:inline-block;background:var(--tone);color:var(--card);font-weight:700;font-size:.8125rem;letter-spacing:.04em;padding:.125rem .625rem;border-radius:1rem}
.reason{color:var(--soft);margin-left:.5rem;font-size:.875rem}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.75rem 0 0}
.facts dt{color:var(--soft)}.facts dd{margin:0}
ol.chain{list-style:none;margin:0;padding:0}
.chain>li{position:relative;padding:0 0 1.125rem 2.25rem}
.chain>li:last-child{padding-bottom:0}
.chain>li:not(:last-child)::after{content:"";position:absolute;left:.6875rem;top:1.75rem;bottom:.25rem;width:2px;background:var(--line)}
.sign{position:absolute;left:0;top:0;width:1.5rem;height:1.5rem;border-radius:50%;background:var(--tone,var(--soft));color:var(--card);text-align:center;line-height:1.5rem;font-size:.8125rem;font-weight:700}
.chain .step{color:var(--soft);font-size:.875rem}
.chain p{font-size:.9375rem}
.scroll{overflow-x:auto}
.scroll:focus-visible,pre:focus-visible,summary:focus-visible,a:focus-visible{outline:3px solid var(--blue);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{text-align:left;padding:.375rem .75rem .375rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}
tr:last-child>*{border-bottom:0}
th{font-weight:600}
thead th{color:var(--soft);font-size:.75rem;white-space:nowrap}
thead tr:last-child>*{border-bottom:1px solid var(--line)}
.number{text-align:right;font-variant-numeric:tabular-nums}
.nowrap{white-space:nowrap}
.long{min-width:12rem;overflow-wrap:anywhere}
mark{background:none;color:inherit}
.changed{font-weight:700;background:var(--changed)}
figure{margin:0}
figcaption{color:var(--soft);font-size:.875rem;margin-top:.5rem}
svg{display:block;width:100%;height:auto}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.narrow{display:none}
ul.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:0 0 .5rem;padding:0;font-size:.875rem}
.blue{color:var(--blue)}.green{color:var(--green)}.other{color:var(--other)}
.colour{font-weight:650;white-space:nowrap}
pre{margin:0;padding:.75rem 1rem;background:var(--ground);border:1px solid var(--line);border-radius:.5rem;overflow-x:auto}
pre.wrap{white-space:pre-wrap}
pre.diff{padding:.5rem 0}
.diff span{display:block;padding:0 1rem;white-space:pre;width:max-content;min-width:100%}
.diff .removed{background:var(--removed)}.diff .added{background:var(--added)}
summary{cursor:pointer;color:var(--blue);font-size:.9375rem;padding:.25rem 0}
details>*:not(summary){margin-top:.5rem}
.query+.query{margin-top:.25rem}
@media (max-width:40rem){
header,main,footer{padding-left:.75rem;padding-right:.75rem}
.card{padding:.875rem;border-radius:.5rem}
h1{font-size:1.25rem}
.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}
.wide{display:none}.narrow,.chain .step{display:block}
}
@media print{body{background:none}.card{break-inside:avoid}}
`;
