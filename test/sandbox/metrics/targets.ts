/** A pod to scrape, at `http://127.0.0.1:<port>/metrics`; namespace and pod become labels, as on OpenShift. */
export interface Target {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}
