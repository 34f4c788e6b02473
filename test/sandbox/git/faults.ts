/** What can go wrong at a Git server, to be switched on while it runs. */

/** Which requests a fault hits: a fetch or listing, a push (both its requests), only a push's second one, or all. */
export type FaultScope = "read" | "push" | "receive" | "any";

export type GitFault =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Takes the request and says nothing until the fault is switched off or the client goes. */
  | { readonly kind: "stall" }
  /** Does what was asked, then cuts the connection instead of answering. */
  | { readonly kind: "lost-answer" }
  /** Cuts the connection before anything is done. */
  | { readonly kind: "cut" }
  /** Sends the head and half a body, then cuts the connection. */
  | { readonly kind: "half" }
  /** Answers, but only after this many milliseconds: a server far away. */
  | { readonly kind: "late"; readonly ms: number }
  /** To the same path at another origin. */
  | { readonly kind: "redirect"; readonly origin: string; readonly status?: number }
  | { readonly kind: "login-page" }
  /** A pre-receive hook that writes these lines and refuses. */
  | { readonly kind: "declined"; readonly lines: readonly string[] }
  /** Runs while a push is under way: after the client saw the head, before git gets the pack. */
  | { readonly kind: "race"; readonly run: () => Promise<unknown> };

export interface ActiveFault {
  readonly fault: GitFault;
  readonly scope: FaultScope;
  /** How many more requests it hits. */
  left: number;
}

export const loginPage =
  '<!DOCTYPE html>\n<html><head><title>Sign in · Example</title></head><body><form action="/login"></form></body></html>\n';

export function inScope(scope: FaultScope, method: string, service: string): boolean {
  const push = service === "git-receive-pack";
  if (scope === "any") return true;
  if (scope === "read") return !push;
  return scope === "push" ? push : push && method === "POST";
}
