import { locate, type Place } from "./locate.ts";
import type { Source, YamlDocument } from "./parse.ts";

export interface Selection {
  readonly kind: "selected";
  readonly document: YamlDocument;
  readonly place: Place;
}

/** Several documents that could be meant. `complete`: they have the value; otherwise none has it. */
export interface Undecided {
  readonly kind: "undecided";
  readonly complete: boolean;
  readonly detail: string;
}

/**
 * The one document that a path means: the only one that has the value; else the only one that has most of the way to
 * it. Documents of nothing but comments count only where there is nothing else.
 */
export function select(source: Source, segments: readonly string[]): Selection | Undecided {
  const all = source.documents.map((document) => ({
    kind: "selected" as const,
    document,
    place: locate(document, segments),
  }));
  const full = all.filter(({ document }) => !isEmpty(document));
  const candidates = full.length > 0 ? full : all;
  const reach = Math.max(...candidates.map(({ place }) => reachOf(place)));
  const [best, ...others] = candidates.filter(({ place }) => reachOf(place) === reach) as [
    Selection,
    ...Selection[],
  ];
  if (others.length === 0) return best;
  const lines = [best, ...others].map(({ document }) => source.lineAt(document.document.range[0])).join(", ");
  const complete = reach === segments.length;
  const what = complete ? "have the value" : "could take the value, and none has it";
  return { kind: "undecided", complete, detail: `${others.length + 1} documents (lines ${lines}) ${what}` };
}

/** How many keys of the path the data has. */
function reachOf(place: Place): number {
  const inherited = place.kind === "missing" && place.inherited !== undefined;
  return place.keys.length + (inherited ? 1 : 0);
}

function isEmpty({ document }: YamlDocument): boolean {
  const { contents } = document;
  return contents === null || contents.range[0] === contents.range[1];
}
