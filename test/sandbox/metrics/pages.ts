import { type Listening, listen } from "./http.ts";
import type { Target } from "./targets.ts";

/** A metrics page that a test writes itself. */
export interface Page extends Target {
  /** The text served from now on; undefined answers 500. */
  text: string | undefined;
  /** How often it was read since `text` was last looked at by the test. */
  reads: number;
  close(): Promise<void>;
}

export async function servePage(pod: string, text: string): Promise<Page> {
  const page = { namespace: "user1-test", pod, text: text as string | undefined, reads: 0 };
  const listening: Listening = await listen((_request, response) => {
    page.reads += 1;
    if (page.text === undefined) response.writeHead(500).end();
    else response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(page.text);
  });
  return Object.assign(page, { port: listening.port, close: () => listening.close() });
}

export function infers(value: number, failed = 0): string {
  const labels = 'api="KServe",interface="REST",method="ModelInfer",name="jukebox",version="1"';
  return `ovms_requests_success{${labels}} ${value}\novms_requests_fail{${labels}} ${failed}\nup_and_away{quoted="a\\"b\\\\c\\nd"} 1e-7\n`;
}
