/**
 * Whether the newest revision of a custom predictor is what Git and the spec say. Its version has no place of its own:
 * it may stand in an image's tag, an argument, an environment variable, or nowhere.
 */
import { versionOf } from "./serving.ts";
import type { RevisionReading, Template } from "./world.ts";

/**
 * What of the spec the revision was not made with; undefined: nothing, as far as both tell. KServe takes these containers
 * over as they are (pkg/apis/serving/v1beta1/predictor_custom.go); what somebody adds on the way is no difference. A
 * value may be a secret, and is not told.
 */
export function differenceOf(spec: Template, revision: RevisionReading): string | undefined {
  const { images, args = [], env = [] } = revision;
  const image = spec.images.find((each) => !images.includes(each));
  if (image !== undefined && images.length > 0) return `image ${image}`;
  if (spec.args?.some((each) => !args.includes(each)) === true) return "another argument";
  const other = spec.env?.find(({ name, value }) => {
    const own = env.filter((each) => each.name === name);
    return own.length > 0 && own.every((each) => each.value !== value);
  });
  return other && `another value of ${other.name}`;
}

/**
 * The image by which a revision is seen to run a version that Git held before, and not the one that it holds now. A tag
 * counts where it has changed from revision to revision: else it is the server's, and may equal a model's by chance.
 */
export function earlierImage(
  revision: RevisionReading,
  others: readonly RevisionReading[],
  { now, earlier }: { readonly now: string; readonly earlier: ReadonlySet<string> },
): string | undefined {
  const { images } = revision;
  if (images.some((image) => versionOf(image) === now)) return undefined;
  return images.find(
    (image) =>
      earlier.has(versionOf(image) ?? "") &&
      others.some((other) => other.images.some((each) => each !== image && nameOf(each) === nameOf(image))),
  );
}

function nameOf(image: string): string {
  return image.slice(0, image.length - (versionOf(image) ?? "").length);
}
