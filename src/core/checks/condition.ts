/** The condition of a check: `<= 0.01`, `> 5`, `<= baseline`, `<= 1.2 * baseline + 0.001`. */
import { type Parsed, parsed, problem } from "../promql/problem.ts";

const operators = {
  "<=": (value: number, limit: number) => value <= limit,
  "<": (value: number, limit: number) => value < limit,
  ">=": (value: number, limit: number) => value >= limit,
  ">": (value: number, limit: number) => value > limit,
  "==": (value: number, limit: number) => value === limit,
  "!=": (value: number, limit: number) => value !== limit,
} as const;

export type Operator = keyof typeof operators;

/** `value OPERATOR factor * baseline + plus`; without a factor the baseline has no part in it. */
export interface Condition {
  /** As it was written. */
  readonly text: string;
  readonly operator: Operator;
  readonly factor?: number;
  readonly plus: number;
}

const number = String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?`;
const numberAhead = new RegExp(String.raw`\s*${number}`, "y");
const afterBaseline = new RegExp(String.raw`\s*([+-])\s*(${number})\s*$`, "y");
const limitForm = new RegExp(String.raw`\s*(?:(${number})\s*\*\s*)?(baseline\b)`, "y");
const numberForm = new RegExp(String.raw`\s*(${number})\s*$`, "y");
const operatorForm = /\s*(<=|>=|==|!=|<|>)/y;

/** No limit that a person means; it would hold always or never. */
const tooBig = "this number is too big";

/** Reads `text` from `offset` to `end`; a problem points into the whole text. */
export function parseCondition(text: string, offset = 0, end = text.length): Parsed<Condition> {
  const source = text.slice(0, end);
  const operator = matchAt(operatorForm, source, offset);
  if (operator === undefined) {
    return problem(
      text,
      skip(source, offset),
      "a condition begins with one of <= < >= > == !=, e.g. <= 0.01",
    );
  }
  const whole = { text: source.slice(offset).trim(), operator: operator.groups[0] as Operator };
  const plain = matchAt(numberForm, source, operator.end);
  if (plain !== undefined) return finite(text, operator.end, { ...whole, plus: Number(plain.groups[0]) });
  const limit = matchAt(limitForm, source, operator.end);
  if (limit === undefined) return problem(text, placeOfTrouble(source, operator.end), expected);
  const factor = Number(limit.groups[0] ?? 1);
  if (source.slice(limit.end).trim() === "") return finite(text, operator.end, { ...whole, factor, plus: 0 });
  const plus = matchAt(afterBaseline, source, limit.end);
  if (plus === undefined) {
    return problem(text, skip(source, limit.end), "after baseline nothing may follow but + NUMBER");
  }
  const added = Number(`${plus.groups[0]}1`) * Number(plus.groups[1]);
  return finite(text, operator.end, { ...whole, factor, plus: added });
}

function finite(text: string, offset: number, condition: Condition): Parsed<Condition> {
  return Number.isFinite(condition.plus + (condition.factor ?? 0))
    ? parsed(condition)
    : problem(text, skip(text, offset), tooBig);
}

const expected = "a number or [NUMBER *] baseline [+ NUMBER] is expected, and nothing behind it";

/** A condition that a program makes. */
export function conditionOf(operator: Operator, limit: number): Condition {
  return { text: `${operator} ${limit}`, operator, plus: limit };
}

/** What the value is compared with. Undefined where a baseline is needed and missing. */
export function limitOf({ factor, plus }: Condition, baseline: number | undefined): number | undefined {
  if (factor === undefined) return plus;
  return baseline === undefined ? undefined : factor * baseline + plus;
}

export function holds({ operator }: Condition, value: number, limit: number): boolean {
  return operators[operator](value, limit);
}

interface Found {
  readonly groups: readonly (string | undefined)[];
  readonly end: number;
}

function matchAt(pattern: RegExp, text: string, at: number): Found | undefined {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match === null ? undefined : { groups: match.slice(1), end: pattern.lastIndex };
}

function skip(text: string, at: number): number {
  return at + (/^\s*/.exec(text.slice(at))?.[0].length as number);
}

/** Behind the number where one stands, since what follows it is what is wrong. */
function placeOfTrouble(text: string, at: number): number {
  return skip(text, matchAt(numberAhead, text, at)?.end ?? at);
}
