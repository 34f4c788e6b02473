/** Kubernetes' quantities: `250m` cores, `2Gi` bytes, `1` GPU. */

/** Of cores, bytes or pieces. The text's forms: apimachinery/pkg/api/resource/quantity.go. */
const form = /^\+?(\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/;

const scales: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** The amount, or undefined for what is no quantity, or is below 0: nobody can hold that. */
export function parseQuantity(text: string): number | undefined {
  const [, digits = "", suffix, exponent] = form.exec(text) ?? [];
  if (digits === "") return undefined;
  const scale = suffix === undefined ? 10 ** Number(exponent ?? 0) : (scales[suffix] as number);
  return Number(digits) * scale;
}

const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi"] as const;

/** For people: bytes as `4.5Gi`, all else as a plain number; at most three digits behind the point. */
export function formatQuantity(resource: string, amount: number): string {
  const bytes =
    resource === "memory" || resource === "ephemeral-storage" || resource.startsWith("hugepages-");
  if (!bytes) return `${rounded(amount)}`;
  const steps = amount < 1 ? 0 : Math.floor(Math.log2(amount) / 10);
  const step = Math.min(steps, binary.length - 1);
  return `${rounded(amount / 1024 ** step)}${binary[step]}`;
}

/** Sums of tenths and thousandths are not exact. */
function rounded(amount: number): number {
  return Math.round(amount * 1000) / 1000;
}
