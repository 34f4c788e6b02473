import { shapeOf } from "./shape.ts";

/**
 * A page with the output of each `console` block renewed where it has another shape than what the scene printed now:
 * figures that merely differ from run to run stay as they are. `outputOf` gives the whole block by its scene's name.
 */
export function withOutputs(page: string, outputOf: (scene: string) => string | undefined): string {
  return page.replace(
    /^(```console (\S+)\n)(.*?)^```$/gms,
    (block, open: string, scene: string, old: string) => {
      const output = outputOf(scene);
      if (output === undefined || shapeOf(output) === shapeOf(old)) return block;
      return `${open}${output}\`\`\``;
    },
  );
}
