import { generate } from "selfsigned";

/** PEM texts of a server's certificate and of the CA that signed it. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Names and addresses the certificate is for. */
  readonly hosts?: readonly string[];
}

/** A CA of its own and a server certificate signed by it, for 127.0.0.1 and localhost unless told otherwise. */
export async function createCertificates(options: CertificateOptions = {}): Promise<Certificates> {
  const notBefore = options.notBefore ?? new Date(Date.now() - 60_000);
  const common = {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: notBefore,
    notAfterDate: options.notAfter ?? new Date(Date.now() + 7 * 86_400_000),
  } as const;
  const ca = await generate([{ name: "commonName", value: "sandbox CA" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const hosts = options.hosts ?? ["127.0.0.1", "localhost"];
  const leaf = await generate([{ name: "commonName", value: "sandbox API" }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: hosts.map((host) =>
          /^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host },
        ),
      },
    ],
  });
  return { ca: ca.cert, cert: leaf.cert, key: leaf.private };
}
