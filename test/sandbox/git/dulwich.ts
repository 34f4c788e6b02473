/**
 * A server that shares no code with git: Dulwich, in Python (Debian's `python3-dulwich`). It speaks protocol version 0
 * and knows no filters.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { FileChanges } from "./fast-import.ts";
import { finished } from "./process.ts";
import { type BareRepository, createRepository } from "./repository.ts";

export interface DulwichServer extends BareRepository {
  readonly url: string;
  stop(): Promise<void>;
}

/** Debian's own, which sees Debian's packages; another one on PATH does not. */
const python = "/usr/bin/python3";

/** Undefined where it is not installed. */
export async function dulwichVersion(): Promise<string | undefined> {
  const child = spawn(python, ["-c", "import dulwich; print('.'.join(map(str, dulwich.__version__)))"]);
  const text: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => text.push(chunk));
  const status = await finished(child).catch(() => 1);
  return status === 0 ? Buffer.concat(text).toString("utf8").trim() : undefined;
}

/** Serves the folder of its first argument on a free port, which it prints. */
const program = `
import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from dulwich.repo import Repo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain

class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass

app = make_wsgi_chain(DictBackend({"/repository.git": Repo(sys.argv[1])}))
server = make_server("127.0.0.1", 0, app, server_class=WSGIServer, handler_class=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
`;

export async function startDulwich(files: FileChanges | undefined): Promise<DulwichServer> {
  const repository = await createRepository(files, "main");
  const child = spawn(python, ["-c", program, repository.dir], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = finished(child);
  return {
    ...repository,
    url: `http://127.0.0.1:${await portOf(child)}/repository.git`,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      await repository.remove();
    },
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  const printed = once(child.stdout ?? child, "data");
  const early = once(child, "exit").then(() => Promise.reject(new Error("dulwich ended at its start")));
  const [chunk] = await Promise.race([printed, early]);
  return Number.parseInt(String(chunk), 10);
}
