import * as v from "valibot";

/** Of a tensor in the V2 protocol. */
export const shapeSchema = v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.maxLength(32));

/** All elements; the protocol allows data nested as well as flattened. Not by recursion: nesting is the sender's choice. */
export function elementsIn(data: readonly unknown[]): readonly unknown[] {
  const elements: unknown[] = [];
  const open: (readonly unknown[])[] = [data];
  for (let list = open.pop(); list !== undefined; list = open.pop()) {
    for (const element of list) {
      if (Array.isArray(element)) open.push(element);
      else elements.push(element);
    }
  }
  return elements;
}

/** Undefined: the data has as many elements as the shape says. */
export function shapeProblem(data: readonly unknown[], shape: readonly number[]): string | undefined {
  const wanted = shape.reduce((product, length) => product * length, 1);
  const { length } = elementsIn(data);
  return length === wanted ? undefined : `of shape [${shape.join(", ")}] has ${length} elements`;
}
