/** What a test asks of a Prometheus, and the answer in an order of its own. */
export interface Reply {
  readonly status: number;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly resultType?: string;
  readonly result: readonly ReplySeries[];
}

export interface ReplySeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export async function ask(url: string, query: string, time?: number, form = false): Promise<Reply> {
  const parameters = new URLSearchParams({ query, ...(time === undefined ? {} : { time: String(time) }) });
  const response = await (form
    ? fetch(`${url}/api/v1/query`, { method: "POST", body: parameters })
    : fetch(`${url}/api/v1/query?${parameters}`));
  const {
    data,
    status: _,
    ...rest
  } = (await response.json()) as {
    status: string;
    data?: { resultType: string; result: ReplySeries[] };
    errorType?: string;
    error?: string;
  };
  const result = [...(data?.result ?? [])].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return {
    ...rest,
    status: response.status,
    ...(data === undefined ? {} : { resultType: data.resultType }),
    result,
  };
}

function keyOf({ metric }: ReplySeries): string {
  return JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));
}
