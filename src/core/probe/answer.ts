/** What an answer to a probe request says of the model. */
import * as v from "valibot";
import { printable } from "../text.ts";
import { elementsIn, shapeProblem, shapeSchema } from "./tensor.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Where a redirect leads. */
  readonly location?: string | undefined;
}

export type AnswerVerdict =
  | { readonly kind: "good" }
  /**
   * `failed`: the model answered, and badly. `rejected`: it does not take this request. `denied`: who asks was not let
   * in. `away`: something before the model answered for it, and asking again can help. `detail` is printable.
   */
  | { readonly kind: "failed" | "rejected" | "denied" | "away"; readonly detail: string };

const answerSchema = v.looseObject({
  model_name: v.pipe(v.string(), v.minLength(1)),
  outputs: v.pipe(
    v.array(
      v.looseObject({
        name: v.string(),
        shape: shapeSchema,
        datatype: v.string(),
        data: v.array(v.unknown()),
      }),
    ),
    v.minLength(1),
  ),
});

const errorSchema = v.looseObject({ error: v.string() });

/** What proxies, Knative's activator and busy servers answer in the place of a model. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

export function judgeAnswer(answer: HttpAnswer): AnswerVerdict {
  const { status } = answer;
  if (status === 200) return judgeOutputs(answer.body);
  const detail = `answered ${status}${said(answer)}`;
  if (passing.has(status)) return { kind: "away", detail };
  if (status === 401 || status === 403 || (status >= 300 && status < 400)) return { kind: "denied", detail };
  return { kind: status >= 400 && status < 500 ? "rejected" : "failed", detail };
}

function judgeOutputs(body: string): AnswerVerdict {
  const json = parseJson(body);
  const parsed = v.safeParse(answerSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = json === undefined ? "not JSON" : `${v.getDotPath(issue) ?? "body"}: ${issue.message}`;
    return failed(
      `answered 200 with something else than the V2 protocol's answer (${printable(where, 200)})`,
    );
  }
  for (const { name, shape, data } of parsed.output.outputs) {
    // JSON has no NaN and no infinity; servers that write null for them exist.
    const odd = elementsIn(data).includes(null) ? "holds null" : shapeProblem(data, shape);
    if (odd !== undefined) return failed(`answered 200, but output ${printable(name, 100)} ${odd}`);
  }
  return { kind: "good" };
}

function said({ body, location }: HttpAnswer): string {
  if (location !== undefined) return `, a redirect to ${printable(location.replace(/[?#].*$/s, "…"), 200)}`;
  const parsed = v.safeParse(errorSchema, parseJson(body));
  if (parsed.success) return `: ${printable(parsed.output.error, 200)}`;
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1];
  if (title !== undefined) return `: a page titled “${printable(title, 100)}”`;
  return body.trim() === "" ? "" : `: ${printable(body, 200)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(detail: string): AnswerVerdict {
  return { kind: "failed", detail };
}
