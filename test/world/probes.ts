/** A model's endpoint in a simulated world: probe requests go the way that the proxies' table says, and pods answer them. */
import type { ProbeClient, ProbeReply } from "../../src/ports.ts";
import type { Process } from "./process.ts";
import type { Setting, View } from "./setting.ts";
import { mainHostOf, type Sent } from "./traffic.ts";

/** As long as the adapter waits for an answer. */
const timeoutMs = 30_000;

/** `by`: the run whose requests these are. */
export function probePort({ story, views }: Setting, process: Process, by: string): ProbeClient {
  const { slowestMs, probe } = story;
  const { random } = process;
  return {
    async infer({ url }, signal) {
      const { host } = new URL(url);
      const { traffic } = views.find(({ model }) => host.endsWith(mainHostOf(model))) as View;
      const way = random.between(2, slowestMs) / 2;
      await process.pause(way);
      if (random.chance(probe?.gatewayShare ?? 0)) {
        await process.pause(way);
        traffic.turnAway(by);
        return { kind: "answered", status: 503, body: "<html><title>Service Unavailable</title></html>" };
      }
      const came = new AbortController();
      let reply: ProbeReply = { kind: "unanswered", detail: "timed out", arrived: true };
      const lost = random.chance(probe?.lostShare ?? 0);
      const sent = traffic.send(host, by, (answer) => {
        if (lost || signal.aborted) return;
        reply = answer;
        came.abort();
      });
      await process.clock.sleep(timeoutMs, AbortSignal.any([signal, came.signal]));
      await process.pause(way);
      return told(sent, reply, process);
    },
  };
}

/** What came back to a process that was still there: a claim may rest on it. */
function told(sent: Sent, reply: ProbeReply, process: Process): ProbeReply {
  if (process.alive && reply.kind === "answered") sent.told = reply.status;
  return reply;
}
