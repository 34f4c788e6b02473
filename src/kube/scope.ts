export interface Scope {
  readonly signal: AbortSignal;
  /** Aborts the inner signal and lets go of the outer one. */
  end(): void;
}

/**
 * A signal that is aborted together with `outer`, or by `end()`. (AbortSignal.any() would keep every inner signal for
 * as long as the outer one lives.)
 */
export function openScope(outer: AbortSignal): Scope {
  const controller = new AbortController();
  const end = () => {
    outer.removeEventListener("abort", end);
    controller.abort();
  };
  if (outer.aborted) controller.abort();
  else outer.addEventListener("abort", end);
  return { signal: controller.signal, end };
}
