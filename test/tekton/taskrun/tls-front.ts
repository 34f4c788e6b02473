/** A TLS door in front of the sandbox's Git server, with a certificate that only who was told of its CA trusts. */
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createCertificates } from "../../sandbox/api/certificates.ts";

export interface TlsFront {
  /** `https://127.0.0.1:port` */
  readonly origin: string;
  /** The CA's certificate, PEM. */
  readonly ca: string;
  stop(): Promise<void>;
}

/** `target`: `http://host:port`. */
export async function startTlsFront(target: string): Promise<TlsFront> {
  const { ca, cert, key } = await createCertificates();
  const { hostname, port } = new URL(target);
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
