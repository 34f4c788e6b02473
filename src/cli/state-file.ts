/** The state file on disk. Written beside and renamed, so that a reader never sees half of it. */
import { access, constants, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  formatRunState,
  modelsOf,
  parseRunState,
  type RunIdentity,
  type RunState,
} from "../core/run-state.ts";
import { Failure } from "../errors/failure.ts";
import { parseRemoteUrl } from "../git/url.ts";

/** A state of ten models with all their evidence is well below one. */
const maxBytes = 8 * 1024 * 1024;

/** Throws Failure STATE_UNREADABLE, STATE_FOREIGN. */
export async function readStateFile(path: string, told: RunIdentity): Promise<RunState> {
  let text: string;
  try {
    text = await readBounded(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("STATE_UNREADABLE", `${path}: ${codeOf(error)}`, { cause: error });
  }
  try {
    const state = parseRunState(text, told);
    refuseOtherPlaces(state);
    return state;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.reason, `${path}: ${error.evidence}`, { cause: error });
  }
}

/**
 * Takes away what an earlier run left in the place of this one's state: should this one come to nothing, the steps that
 * are started all the same would end with that one's outcome. What is no state of a run is not ours to delete.
 */
export async function forgetEarlierState(path: string): Promise<void> {
  try {
    await readStateFile(path, {});
    await rm(path);
  } catch {
    // There is none, or no step would take it; and what cannot be deleted cannot be written either, which mutate tells.
  }
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path);
  try {
    // Not by what the folder says of its size: a pipe and a device have none.
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new Failure("STATE_UNREADABLE", `${path}: larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    await file.close();
  }
}

/** Credentials go there: the same rules hold as for --git-url. */
function refuseOtherPlaces(state: RunState): void {
  for (const { git } of modelsOf(state)) {
    const parsed = parseRemoteUrl(git.url);
    if (parsed.kind === "problem" || parsed.url !== git.url)
      throw new Failure("STATE_FOREIGN", "its repository is not one that --git-url takes");
    if (git.url !== state.git.url || git.branch !== state.git.branch)
      throw new Failure("STATE_FOREIGN", "its models are in several repositories");
  }
}

/** For before a push: a state that cannot be kept afterwards is found out while nothing is done. Throws STATE_UNWRITABLE. */
export async function checkStateFolder(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw new Failure("STATE_UNWRITABLE", `${path}: ${codeOf(error)}`, { cause: error });
  }
}

/** Throws Failure STATE_UNWRITABLE. */
export async function writeStateFile(path: string, state: RunState): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, formatRunState(state), { mode: 0o600 });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new Failure("STATE_UNWRITABLE", `${path}: ${codeOf(error)}`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
