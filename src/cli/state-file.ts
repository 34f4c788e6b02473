/** The state file on disk. Written beside and renamed, so that a reader never sees half of it. */
import { access, constants, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { formatRunState, parseRunState, type RunIdentity, type RunState } from "../core/run-state.ts";
import { Failure } from "../errors/failure.ts";

/** Throws Failure STATE_UNREADABLE, STATE_FOREIGN. */
export async function readStateFile(path: string, told: RunIdentity): Promise<RunState> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new Failure("STATE_UNREADABLE", `${path}: ${codeOf(error)}`, { cause: error });
  }
  try {
    return parseRunState(text, told);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.reason, `${path}: ${error.evidence}`, { cause: error });
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
