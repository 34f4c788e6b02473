import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectCertificates, type TrustSources } from "../../src/net/trust.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { failureOf } from "../steps/builders.ts";
import { createLog } from "../steps/fakes.ts";

const damaged = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

describe("certificate authorities", () => {
  let folder: string;
  let one: string;
  let two: string;
  before(async () => {
    [one, two] = (await Promise.all([createCertificates(), createCertificates()])).map(({ ca }) =>
      ca.trim(),
    ) as [string, string];
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-trust-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const at = (name: string) => join(folder, name);
  async function collect(sources: Partial<TrustSources>, log = createLog()) {
    return collectCertificates({ implicit: [], files: [], ...sources }, log);
  }

  it("come from every place, each once", async () => {
    await writeFile(at("bundle.crt"), `# the cluster's\n${one}\n${two}\n`);
    await writeFile(at("own.pem"), two);
    const found = await collect({ implicit: [at("bundle.crt"), at("absent.crt")], files: [at("own.pem")] });
    assert.deepEqual(found, [one, two]);
  });

  it("come from a folder as Kubernetes mounts it, from *.crt and *.pem only", async () => {
    await mkdir(at("..2026"));
    await writeFile(at("..2026/ca.crt"), one);
    await symlink("..2026", at("..data"));
    await symlink("..data/ca.crt", at("ca.crt"));
    await writeFile(at("other.pem"), two);
    await writeFile(at("notes.txt"), damaged);
    assert.deepEqual(await collect({ folder }), [one, two]);
  });

  it("that are damaged are passed over where nobody named the file, with a warning", async () => {
    await writeFile(at("bundle.crt"), `${damaged}${one}`);
    const log = createLog();
    assert.deepEqual(await collect({ implicit: [at("bundle.crt")] }, log), [one]);
    assert.match(log.of("warn").join(), /bundle\.crt: 1 of 2 certificates cannot be read/);
  });

  for (const { what, content, sources, says } of [
    {
      what: "a file that is not there",
      sources: () => ({ files: [at("none.pem")] }),
      says: /--ca-file .*none\.pem cannot be read/,
    },
    { what: "a file without a certificate", content: () => "hello", says: /x\.pem holds no PEM certificate/ },
    {
      what: "a damaged file",
      content: () => `${one}\n${damaged}`,
      says: /x\.pem holds a damaged certificate/,
    },
    {
      what: "a file that is cut off",
      content: () => one.slice(0, 200),
      says: /x\.pem holds a damaged certificate/,
    },
    {
      what: "a folder that is not there",
      sources: () => ({ folder: at("none") }),
      says: /--ca-dir .*none cannot be read/,
    },
    {
      what: "a folder without any",
      sources: () => ({ folder }),
      says: /--ca-dir .* holds no \*\.crt and no \*\.pem/,
    },
  ]) {
    it(`named by the user must be there: ${what}`, async () => {
      if (content !== undefined) await writeFile(at("x.pem"), content());
      const failure = await failureOf(collect(sources?.() ?? { files: [at("x.pem")] }));
      assert.equal(failure.reason, "INVALID_OPTION");
      assert.match(failure.evidence, says);
    });
  }
});
