import { closestMatch } from "leven";

/** Which of the known names a mistyped one probably stands for: almost the same, or one of which it is a part. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, "");
  const wanted = plain(name);
  const texts = known.map(plain);
  const close = closestMatch(wanted, texts, { maxDistance: Math.ceil(wanted.length / 4) });
  const similar = close ?? texts.find((text) => isPart(wanted, text) || isPart(text, wanted));
  return similar === undefined ? undefined : known[texts.indexOf(similar)];
}

/** Short names are part of too many others. */
function isPart(part: string, whole: string): boolean {
  return part.length >= 4 && whole.includes(part);
}
