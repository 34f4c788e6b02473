/**
 * A forward proxy: CONNECT for TLS, whole URLs for plain HTTP. It takes every host name for this machine, because what
 * really is this machine never goes through a proxy.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ForwardProxy {
  /** `http://127.0.0.1:…`, without a user name. */
  readonly url: string;
  /** What was asked for, in order: `CONNECT host:port` or `GET http://…`. */
  readonly seen: readonly string[];
  readonly faults: {
    /** Asked of every request; absent: nobody has to say who they are. */
    credentials: string | undefined;
    /** Answered instead of the request. */
    status: number | undefined;
  };
  stop(): Promise<void>;
}

export interface ForwardProxyOptions {
  /** Port asked for → port of this machine that stands for it; without an entry the same. */
  readonly ports?: Readonly<Record<number, number>>;
}

export async function startForwardProxy({ ports = {} }: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const seen: string[] = [];
  const faults: ForwardProxy["faults"] = { credentials: undefined, status: undefined };
  const sockets = new Set<Socket>();

  function refusal({ headers }: IncomingMessage): number | undefined {
    const wanted = faults.credentials;
    if (wanted === undefined) return faults.status;
    const given = headers["proxy-authorization"];
    return given === `Basic ${Buffer.from(wanted).toString("base64")}` ? faults.status : 407;
  }

  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    const status = refusal(incoming);
    if (status === undefined) forward(incoming, outgoing);
    else outgoing.writeHead(status).end("refused by the proxy");
  });
  server.on("connection", (socket) => keep(socket));
  server.on("connect", (incoming: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    const status = refusal(incoming);
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const port = Number(/:(\d+)$/.exec(incoming.url ?? "")?.[1]);
    const target = keep(connect(ports[port] ?? port, "127.0.0.1"));
    target.on("connect", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(socket).pipe(target);
    });
    target.on("error", () => socket.destroy());
    socket.on("error", () => target.destroy());
  });

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    faults,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const target = new URL(incoming.url ?? "");
  const { "proxy-authorization": _, ...headers } = incoming.headers;
  const onward = request(
    {
      host: "127.0.0.1",
      port: target.port || 80,
      path: target.pathname + target.search,
      method: incoming.method,
      headers,
    },
    (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    },
  );
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
}
