import * as v from "valibot";

/** Of a tensor in the V2 protocol. */
export const shapeSchema = v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.maxLength(32));

/** How many elements the data has; the protocol allows it nested as well as flattened. */
export function elementsOf(data: readonly unknown[]): number {
  let count = 0;
  const open: (readonly unknown[])[] = [data];
  for (let list = open.pop(); list !== undefined; list = open.pop()) {
    for (const element of list) {
      if (Array.isArray(element)) open.push(element);
      else count += 1;
    }
  }
  return count;
}

export function isOfShape(data: readonly unknown[], shape: readonly number[]): boolean {
  return elementsOf(data) === shape.reduce((product, length) => product * length, 1);
}
