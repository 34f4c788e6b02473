/** Plays the scenes on embedded clusters and gives back what they printed. */
import { execFileSync } from "node:child_process";
import { parse as splitShell } from "shell-quote";
import { run } from "../../src/cli/run.ts";
import { version } from "../../src/version.ts";
import { isvcTable } from "../../test/sandbox/demo/table-text.ts";
import { type Sandbox, startSandbox } from "../../test/sandbox/sandbox.ts";
import type { Scene, Session } from "./scenes.ts";
import { fitForPage, type Replacements } from "./shape.ts";

/** Output by the scene's name. Throws Error where a scene ends with another exit code than the pages tell. */
export async function play(session: Session): Promise<ReadonlyMap<string, string>> {
  const sandbox = await startSandbox(session.sandbox);
  try {
    const outputs = new Map<string, string>();
    for (const scene of session.scenes) {
      await scene.before?.(sandbox);
      const { code, text } = await perform(sandbox, session.env, scene);
      if (code !== scene.exit) {
        throw new Error(`${scene.name} ended with ${code}, the pages tell of ${scene.exit}:\n${text}`);
      }
      outputs.set(scene.name, fitForPage(text, replacementsOf(sandbox)));
    }
    return outputs;
  } finally {
    await sandbox.stop();
  }
}

/** What a measurement prints. Throws where it fails. */
export function measure({ command }: Pick<Scene, "command">): string {
  const [program = "", ...words] = command.split(" ");
  return execFileSync(program, words, { encoding: "utf8" }).trim();
}

interface Ended {
  readonly code: number;
  readonly text: string;
}

async function perform(sandbox: Sandbox, env: Session["env"], { command }: Scene): Promise<Ended> {
  const [program = "", ...words] = splitShell(command).filter((word) => typeof word === "string");
  if (program === "bluegreen") return bluegreen(sandbox, env, words);
  if (program === "git") return { code: 0, text: await sandbox.git.git(words) };
  const service = sandbox.service();
  if (program === "oc" && service !== undefined) {
    return { code: 0, text: isvcTable(service, Date.now()) };
  }
  throw new Error(`nothing plays: ${command}`);
}

async function bluegreen(sandbox: Sandbox, env: Session["env"], argv: readonly string[]): Promise<Ended> {
  let text = "";
  const add = (part: string) => {
    text += part;
  };
  const code = await run({
    argv,
    env: { ...sandbox.env, ...env },
    streams: { out: add, err: add },
    version,
    signal: new AbortController().signal,
  });
  return { code, text };
}

function replacementsOf({ git, prometheus, api, folder }: Sandbox): Replacements {
  return [
    [new URL(git.url).origin, "https://gitea.example.com"],
    [api.url, "https://api.example.com:6443"],
    [folder, "/run/bluegreen"],
    ...(prometheus === undefined ? [] : [[prometheus.url, "https://prometheus.example.com"] as const]),
  ];
}
