import type { Failure } from "../errors/failure.ts";
import type { Observation } from "../ports.ts";

/** Hands observations to one reader, who may be slower: of what was seen only the newest counts, and it is never lost. */
export interface Latest<T> extends AsyncIterable<Observation<T>> {
  seen(value: T): void;
  trouble(failure: Failure): void;
  /** Nothing more comes. What is pending is still handed over, unless the reader is to get an error instead. */
  close(error?: unknown): void;
}

export function createLatest<T>(): Latest<T> {
  let value: { readonly kind: "seen"; readonly value: T } | undefined;
  let failure: { readonly kind: "trouble"; readonly failure: Failure } | undefined;
  let closed: { readonly error?: unknown } | undefined;
  let wake: () => void = () => undefined;

  function take(): Observation<T> | undefined {
    const taken = value ?? failure;
    if (value !== undefined) value = undefined;
    else failure = undefined;
    return taken;
  }

  async function next(): Promise<Observation<T> | undefined> {
    while (true) {
      if (closed?.error !== undefined) throw closed.error;
      const taken = take();
      if (taken !== undefined || closed !== undefined) return taken;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    seen(latest) {
      // What is seen after trouble ends it.
      failure = undefined;
      value = { kind: "seen", value: latest };
      wake();
    },
    trouble(latest) {
      failure = { kind: "trouble", failure: latest };
      wake();
    },
    close(error) {
      closed ??= error === undefined ? {} : { error };
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (let taken = await next(); taken !== undefined; taken = await next()) yield taken;
    },
  };
}
