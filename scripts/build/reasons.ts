/** Why each package of package.json's `dependencies` was chosen. A new one needs a line here: a test sees to it. */
export const reasons: Readonly<Record<string, string>> = {
  "@kubernetes/client-node":
    "The Kubernetes project's own client: reads kubeconfigs with their contexts, certificates and credential plugins. 1.4, because 2.x does not load on Node 20. Its generated API is left out of the bundle",
  "@lezer/common": "The trees of the PromQL grammar; a peer of @prometheus-io/lezer-promql",
  "@lezer/highlight": "A peer of @prometheus-io/lezer-promql",
  "@lezer/lr": "Runs the PromQL grammar; a peer of @prometheus-io/lezer-promql",
  "@prometheus-io/lezer-promql":
    "Prometheus' own PromQL grammar, maintained with Prometheus: a reader of our own would be one more thing to be wrong. Loaded only where a query or a check is given",
  axios:
    "HTTP with limits of time and size, redirects that can be judged one by one, and status codes without exceptions, for Git, Prometheus, the forge and the probes",
  echarts:
    "Draws the picture of a report on the server, without a browser's DOM. An Apache project with regular releases; of it only the line chart, its grid and the SVG renderer are taken (Vega is larger, Observable Plot needs a DOM). A part of its own beside the bundle, loaded only to draw",
  hpagent:
    "TLS through a proxy (CONNECT), with connections kept open. What the Kubernetes client itself uses, so in the bundle anyway",
  leven:
    "Tells which known name a mistyped one is closest to: an option, a command, a key of the file. One small file, no dependencies",
  openpgp:
    "The maintained OpenPGP library for JavaScript, without dependencies of its own. Signs commits; loaded only to sign. LGPL: lies beside the bundle as an unchanged file that may be replaced",
  "string-width":
    "How many columns text takes on a terminal, wide characters and emoji included. In the bundle anyway, by yargs; loaded only to draw",
  valibot:
    "Schemas for all that comes from outside; of such libraries the one of which only the used parts go into a bundle",
  yaml: "The YAML library that keeps the position of every value, which an edit byte by byte needs; no dependencies",
  yargs: "Options, help and completion. Loaded only where the arguments are not plain ones",
};
