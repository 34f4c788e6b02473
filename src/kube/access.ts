import type { Agent } from "node:https";

/** How to reach and to convince the API server. */
export interface KubeAccess {
  /** The API server's base URL, always https; it may hold a path. */
  readonly server: URL;
  /** The headers that say who asks. `renew` (after a 401) reads everything again that may be cached. */
  headers(renew?: boolean): Promise<Readonly<Record<string, string>>>;
  /** A new agent that verifies the server by the cluster's CA. Whoever asks for it destroys it. */
  agent(): Promise<Agent>;
}
