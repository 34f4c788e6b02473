/** A load balancer that sends a push again whose answer it thought lost, as Envoy and Istio do, and passes on the second. */
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly type: string;
}

/** `between`: what happens on the server before the second answer is passed on. */
export async function startResendingProxy(target: string, between: () => Promise<unknown>) {
  const { origin, pathname } = new URL(target);
  let resent = false;
  const proxy = createServer(async (incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming;
    const body = Buffer.concat(await incoming.toArray());
    const send = () => forward(new URL(url, origin), method, headers, body);
    let answer = await send();
    if (!resent && method === "POST" && url.endsWith("/git-receive-pack")) {
      resent = true;
      answer = await send();
      await between();
    }
    outgoing.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const { port } = proxy.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${pathname}`, stop: () => proxy.close() };
}

async function forward(to: URL, method: string, headers: object, body: Buffer): Promise<Answer> {
  const sent = request(to, { method, headers: { ...headers, host: to.host } });
  sent.end(body);
  const [answer] = await once(sent, "response");
  return {
    status: answer.statusCode,
    type: answer.headers["content-type"] ?? "",
    body: Buffer.concat(await answer.toArray()),
  };
}
