export interface ImageSource {
  readonly version: string;
  readonly commit: string;
  /** Of the commit, since 1970. */
  readonly seconds: number;
  readonly url: string | undefined;
}

/** The commands that build the image of a commit and push it. Nobody has run them yet: there was no container engine. */
export function imageCommands({ version, commit, seconds, url }: ImageSource): readonly string[] {
  const created = new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  const image = `\${REGISTRY}/bluegreen:${version}`;
  const given = { REVISION: commit, CREATED: created, URL: url ?? "", SOURCE_DATE_EPOCH: `${seconds}` };
  const args = Object.entries(given)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `  --build-arg ${name}=${value} \\`);
  return [`podman build --tag ${image} \\`, ...args, "  .", `podman push ${image}`];
}
