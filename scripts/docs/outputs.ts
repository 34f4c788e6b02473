import { shapeOf } from "./shape.ts";

/**
 * A page with the output of each `console` block renewed: `always`, or `by shape`, where it says something else than
 * what the scene printed now, and figures that merely differ from run to run stay as they are.
 *
 * @param outputOf gives the whole block by its scene's name
 */
export function withOutputs(
  page: string,
  renew: "always" | "by shape",
  outputOf: (scene: string) => string | undefined,
): string {
  return page.replace(
    /^(```console (\S+)\n)(.*?)^```$/gms,
    (block, open: string, scene: string, old: string) => {
      const output = outputOf(scene);
      if (output === undefined || (renew === "by shape" && shapeOf(output) === shapeOf(old))) return block;
      return `${open}${output}\`\`\``;
    },
  );
}
