import type { PullRequestReading } from "../core/pull-request.ts";
import { Failure } from "../errors/failure.ts";
import type { Patience } from "../ports.ts";
import type { ApiClient, Call } from "./client.ts";

export interface Lookup {
  find(): Promise<PullRequestReading | undefined>;
  readingOf(data: unknown): PullRequestReading;
}

/** How often a request to open that got no answer is sent again. */
const maxResends = 2;

/**
 * Opens a pull request once, whatever becomes of the answers: after a lost one, and where the server says that there is
 * one already (the `expected` statuses of the call), the branch is looked up before anything is sent again.
 */
export async function createBy(
  client: ApiClient,
  call: Call,
  { find, readingOf }: Lookup,
  patience: Patience,
): Promise<PullRequestReading> {
  for (let attempt = 0; ; attempt += 1) {
    const sent = await trySend(client, call, patience);
    if (sent.kind === "opened") return readingOf(sent.data);
    const found = await find();
    if (found !== undefined) return found;
    if (sent.kind === "refused" || attempt >= maxResends) throw sent.failure;
  }
}

type Sent =
  | { readonly kind: "opened"; readonly data: unknown }
  | { readonly kind: "refused" | "lost"; readonly failure: Failure };

async function trySend(client: ApiClient, call: Call, patience: Patience): Promise<Sent> {
  try {
    const { status, data, said } = await client.call(call, patience);
    if (status < 300) return { kind: "opened", data };
    const evidence = `HTTP ${status}${said === "" ? "" : `, ${said}`}`;
    return { kind: "refused", failure: new Failure("PULL_REQUEST_REFUSED", evidence) };
  } catch (failure) {
    if (failure instanceof Failure && failure.reason === "GIT_UNREACHABLE") return { kind: "lost", failure };
    throw failure;
  }
}
