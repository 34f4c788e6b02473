/** Tekton's `$(…)` (pkg/substitution) and, after it, the kubelet's (third_party/forked/golang/expansion). */

export type Replacements = Readonly<Record<string, string>>;

/** Replaces every `$(key)` in one pass: what a value brings in is not looked at again. */
export function replaceIn(text: string, replacements: Replacements): string {
  return text.replace(/\$\(([^()]+)\)/g, (whole, key: string) =>
    Object.hasOwn(replacements, key) ? `${replacements[key]}` : whole,
  );
}

/** The same in every text below `value`. */
export function replaceDeep<T>(value: T, replacements: Replacements): T {
  return mapTexts(value, (text) => replaceIn(text, replacements)) as T;
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, change)]));
}

/** `params.x`, `params["x"]` and `params['x']` for every value; the same for any other prefix. */
export function replacementsFor(prefix: string, values: Replacements): Replacements {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => [
      [`${prefix}.${name}`, value],
      [`${prefix}["${name}"]`, value],
      [`${prefix}['${name}']`, value],
    ]),
  );
}

/** What stands between `$(` and `)`. */
export function referencesIn(value: unknown): readonly string[] {
  const found: string[] = [];
  mapTexts(value, (text) => {
    for (const [, name = ""] of text.matchAll(/\$\(([^()]+)\)/g)) found.push(name);
    return text;
  });
  return found;
}

/**
 * What the kubelet makes of an environment value, a command or an argument: `$(NAME)` is the variable's value where
 * there is one and stays otherwise, `$$` is `$`, any other `$` is itself.
 */
export function expand(text: string, variables: Replacements): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(variables, name) ? `${variables[name]}` : whole;
  });
}

/** Expands a container's variables in order: each sees those before it and `ambient`. */
export function expandEnvironment(
  list: readonly { readonly name: string; readonly value?: string }[],
  ambient: Replacements,
): Replacements {
  const done: Record<string, string> = { ...ambient };
  for (const { name, value = "" } of list) done[name] = expand(value, done);
  return done;
}
