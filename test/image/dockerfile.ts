/** A Dockerfile as stages of instructions, read by the parser of the language server for Dockerfiles. */
import { DockerfileParser, type From, type Instruction } from "dockerfile-ast";

export interface Step {
  /** In capitals, e.g. COPY. */
  readonly keyword: string;
  /** What follows, without flags and line breaks. */
  readonly text: string;
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
  /** Undefined: not in JSON ("exec") form. */
  readonly json: readonly string[] | undefined;
  /** Of ARG, ENV and LABEL; null: no value is given. */
  readonly properties: ReadonlyMap<string, string | null>;
  /** Here-documents need BuildKit. */
  readonly heredocs: number;
}

export interface Stage {
  /** As written, e.g. `${BASE_IMAGE}`. */
  readonly from: string;
  /** Variables replaced by the defaults of the ARGs before the first FROM. */
  readonly image: string;
  readonly name: string | undefined;
  readonly steps: readonly Step[];
}

export interface Dockerfile {
  /** ARGs before the first FROM. */
  readonly args: ReadonlyMap<string, string | null>;
  readonly stages: readonly Stage[];
}

export function parseDockerfile(text: string): Dockerfile {
  const args = new Map<string, string | null>();
  const stages: { from: string; image: string; name: string | undefined; steps: Step[] }[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const step = stepOf(instruction);
    const stage = stages.at(-1);
    if (step.keyword === "FROM") {
      const from = instruction as From;
      const written = from.getImage() ?? "";
      stages.push({
        from: written,
        image: expand(written, args),
        name: from.getBuildStage() ?? undefined,
        steps: [],
      });
    } else if (stage !== undefined) stage.steps.push(step);
    else for (const [name, value] of step.properties) args.set(name, value);
  }
  return { args, stages };
}

/** `$NAME` and `${NAME}` replaced; what is not known stays as it is. */
export function expand(text: string, values: ReadonlyMap<string, string | null>): string {
  return text.replaceAll(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced, bare) => values.get(braced ?? bare) ?? whole,
  );
}

/** Values of the ARGs that an instruction at the end of the stage sees. */
export function argsOf(file: Dockerfile, stage: Stage): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  for (const { keyword, properties } of stage.steps) {
    if (keyword !== "ARG" && keyword !== "ENV") continue;
    // Without a value: the one given before the first FROM.
    for (const [name, value] of properties) values.set(name, value ?? file.args.get(name) ?? null);
  }
  return values;
}

/** Instructions that the parser gives more for than the common type says. */
interface Details {
  getFlags?(): readonly { getName(): string; getValue(): string | null }[];
  getOpeningBracket?(): unknown;
  getJSONStrings?(): readonly { getJSONValue(): string }[];
  getProperties?(): readonly { getName(): string; getValue(): string | null }[];
  getHeredocs?(): readonly unknown[];
}

function stepOf(instruction: Instruction): Step {
  const details = instruction as unknown as Details;
  const isJson = details.getOpeningBracket?.() != null;
  return {
    keyword: instruction.getKeyword(),
    text: instruction.getArgumentsContent() ?? "",
    words: instruction.getArguments().map((argument) => argument.getValue()),
    flags: new Map(details.getFlags?.().map((flag) => [flag.getName(), flag.getValue() ?? ""])),
    json: isJson ? details.getJSONStrings?.().map((each) => each.getJSONValue()) : undefined,
    properties: new Map(details.getProperties?.().map((each) => [each.getName(), each.getValue()])),
    heredocs: details.getHeredocs?.().length ?? 0,
  };
}
