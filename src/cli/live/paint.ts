/**
 * What to write so that a terminal shows another frame in the place of the last one. Lines that stay are not written
 * again, and the whole is one synchronized update (private mode 2026; terminals that do not know it ignore it): no
 * flicker. log-update does the same and more, but version 8 needs Node 22, wraps lines where these are cut, rewrites
 * everything when the first line changes, and brings handlers of signals that would stand beside our own.
 */
const synchronized = { on: "\u001b[?2026h", off: "\u001b[?2026l" };
const eraseRest = "\u001b[K";
const eraseBelow = "\u001b[J";

export const cursor = { hide: "\u001b[?25l", show: "\u001b[?25h" };

/**
 * The cursor stands at the beginning of the line below the frame, before and after. `above`: text that is to stay for
 * good, above the frame; whole lines. No line of a frame may be wider than the terminal.
 */
export function repaint(before: readonly string[], after: readonly string[], above = ""): string {
  const same = above === "" ? commonStart(before, after) : 0;
  const up = before.length - same;
  const body = above === "" ? inPlace(before, after, same) : `${erasing(above)}${after.map(whole).join("")}`;
  const rest = above !== "" || after.length < before.length ? eraseBelow : "";
  if (body === "" && rest === "") return "";
  return `${synchronized.on}${up === 0 ? "" : `\u001b[${up}A`}${body}${rest}${synchronized.off}`;
}

function commonStart(before: readonly string[], after: readonly string[]): number {
  const differs = before.findIndex((line, at) => line !== after[at]);
  return differs === -1 ? before.length : differs;
}

/** A line that stays is passed over. */
function inPlace(before: readonly string[], after: readonly string[], from: number): string {
  return after
    .slice(from)
    .map((line, at) => (line === before[from + at] ? "\n" : whole(line)))
    .join("");
}

function whole(line: string): string {
  return `${line}${eraseRest}\n`;
}

function erasing(text: string): string {
  return text.replaceAll("\n", `${eraseRest}\n`);
}
