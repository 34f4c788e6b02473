/** The course's model: 13 numbers of a song in, one probability out. The mathematics is invented, the form is not. */
import * as v from "valibot";

export const jukeboxInputs = [
  "is_explicit",
  "duration_ms",
  "danceability",
  "energy",
  "key",
  "loudness",
  "mode",
  "speechiness",
  "acousticness",
  "instrumentalness",
  "liveness",
  "valence",
  "tempo",
] as const;

export interface JukeboxAnswer {
  readonly status: 200 | 400;
  readonly body: unknown;
}

const tensorSchema = v.object({
  name: v.string(),
  shape: v.tuple([v.literal(1), v.literal(1)]),
  datatype: v.literal("FP32"),
  data: v.tuple([v.pipe(v.number(), v.finite())]),
});
const requestSchema = v.object({ id: v.optional(v.string()), inputs: v.array(tensorSchema) });

/** A request body as the course's load generator sends it. */
export function jukeboxRequest(random: () => number): string {
  const inputs = jukeboxInputs.map((name) => ({ name, shape: [1, 1], datatype: "FP32", data: [random()] }));
  return JSON.stringify({ inputs });
}

/** The answer of the V2 protocol; `model_version` is the folder in the model image, "1" for every revision. */
export function inferJukebox(model: string, body: string): JukeboxAnswer {
  const parsed = v.safeParse(requestSchema, parseJson(body));
  if (!parsed.success) return { status: 400, body: { error: "Invalid JSON or tensor in the request" } };
  const { id, inputs } = parsed.output;
  const values = new Map(inputs.map(({ name, data: [value] }) => [name, value]));
  const missing = jukeboxInputs.find((name) => !values.has(name));
  if (missing !== undefined || inputs.length !== jukeboxInputs.length) {
    return {
      status: 400,
      body: { error: `Missing input or invalid number of inputs: ${missing ?? inputs.length}` },
    };
  }
  const mean = [...values.values()].reduce((total, value) => total + Math.tanh(value), 0) / values.size;
  return {
    status: 200,
    body: {
      model_name: model,
      model_version: "1",
      ...(id === undefined ? {} : { id }),
      outputs: [{ name: "output", shape: [1, 1], datatype: "FP32", data: [1 / (1 + Math.exp(-mean))] }],
    },
  };
}

export function jukeboxMetadata(model: string): unknown {
  const tensor = (name: string) => ({ name, datatype: "FP32", shape: [-1, 1] });
  return {
    name: model,
    versions: ["1"],
    platform: "OpenVINO",
    inputs: jukeboxInputs.map(tensor),
    outputs: [tensor("output")],
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
