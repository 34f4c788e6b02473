/** Writes the stream `git fast-import` reads: any number of commits by one process, without a work tree. */

/** Text or bytes for a plain file, or an entry of another mode; null deletes. */
export type FileChange = string | Uint8Array | SpecialEntry | null;

export type SpecialEntry =
  | { readonly mode: "100755" | "120000"; readonly content: string }
  /** A submodule. */
  | { readonly mode: "160000"; readonly commit: string };

export type FileChanges = Readonly<Record<string, FileChange>>;

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface ImportedCommit {
  readonly files: FileChanges;
  readonly message: string;
  readonly author: Person;
  /** Seconds since the epoch. */
  readonly time: number;
}

/** `from` is the branch's head unless the branch is to start here. */
export function fastImport(branch: string, commits: readonly ImportedCommit[], starts: boolean): Buffer {
  const parts = commits.map((commit, index) => importCommit(branch, commit, starts || index > 0));
  return Buffer.concat([...parts, Buffer.from("done\n")]);
}

function importCommit(branch: string, commit: ImportedCommit, implicitParent: boolean): Buffer {
  const person = `${commit.author.name} <${commit.author.email}> ${commit.time} +0000`;
  const from = implicitParent ? "" : `from refs/heads/${branch}^0\n`;
  return Buffer.concat([
    Buffer.from(`commit refs/heads/${branch}\nauthor ${person}\ncommitter ${person}\n`),
    data(commit.message),
    Buffer.from(from),
    ...Object.entries(commit.files).map(([path, change]) => importFile(path, change)),
    Buffer.from("\n"),
  ]);
}

function importFile(path: string, change: FileChange): Buffer {
  if (change === null) return Buffer.from(`D ${path}\n`);
  if (typeof change === "string" || change instanceof Uint8Array) return inline("100644", path, change);
  if ("commit" in change) return Buffer.from(`M 160000 ${change.commit} ${path}\n`);
  return inline(change.mode, path, change.content);
}

function inline(mode: string, path: string, content: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`M ${mode} inline ${path}\n`), data(content)]);
}

function data(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from("\n")]);
}
