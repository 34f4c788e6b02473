/** The type errors that the grammar lets pass and that people make: a range where none belongs, or none where one does. */
import type { Tree } from "@lezer/common";
import { type Parsed, parsed, problem } from "./problem.ts";
import { ancestorsOf, childrenOf, nodesOf, parseTree, type SyntaxNode, textOf } from "./tree.ts";

const rangeFunction =
  /^(?:rate|irate|increase|delta|idelta|deriv|resets|changes|predict_linear|holt_winters|double_exponential_smoothing|\w+_over_time)$/;

const wrappers: readonly string[] = [
  "ParenExpr",
  "OffsetExpr",
  "StepInvariantExpr",
  "SmoothedExpr",
  "AnchoredExpr",
];
const ranges: readonly string[] = ["MatrixSelector", "SubqueryExpr"];

/** What a whole query or a part of it yields. */
export type ValueType = "vector" | "range" | "scalar" | "string";

export function typeOf(text: string, node: SyntaxNode): ValueType {
  const inner = unwrap(node);
  if (ranges.includes(inner.name)) return "range";
  if (inner.name === "NumberDurationLiteral") return "scalar";
  if (inner.name === "StringLiteral") return "string";
  if (inner.name === "FunctionCall")
    return /^(?:scalar|time|pi)$/.test(functionOf(text, inner)) ? "scalar" : "vector";
  if (inner.name !== "BinaryExpr" && inner.name !== "UnaryExpr") return "vector";
  const operands = operandsOf(inner).map((operand) => typeOf(text, operand));
  return operands.every((type) => type === "scalar") ? "scalar" : "vector";
}

/** The name of a FunctionCall's function. */
export function functionOf(text: string, call: SyntaxNode): string {
  return textOf(text, call.firstChild as SyntaxNode);
}

/** The expressions that an operator works on, left to right. */
export function operandsOf(node: SyntaxNode): readonly SyntaxNode[] {
  return childrenOf(node).filter(({ name }) => /(?:Expr|Selector|Literal|Call)$/.test(name));
}

/** Without parentheses, offsets and the like. */
export function unwrap(node: SyntaxNode): SyntaxNode {
  const [first] = operandsOf(node);
  return wrappers.includes(node.name) && first !== undefined ? unwrap(first) : node;
}

/** The nearest node around it that is no mere wrapper. */
export function contextOf(node: SyntaxNode): SyntaxNode {
  return ancestorsOf(node).find(({ name }) => !wrappers.includes(name)) as SyntaxNode;
}

/** The tree of a text without syntax errors and without these type errors; else the first one. */
export function parseTyped(text: string): Parsed<Tree> {
  const tree = parseTree(text);
  return tree.kind === "problem" ? tree : checkTypes(text, tree.value);
}

function checkTypes(text: string, tree: Tree): Parsed<Tree> {
  for (const call of nodesOf(tree, "FunctionCall")) {
    const name = functionOf(text, call);
    const body = call.getChild("FunctionCallBody") as SyntaxNode;
    const hasRange = operandsOf(body).some((each) => typeOf(text, each) === "range");
    if (rangeFunction.test(name) && !hasRange) {
      return problem(text, call.from, `${name}() needs a range such as [5m] behind its selector`);
    }
  }
  for (const range of nodesOf(tree, ...ranges)) {
    const context = contextOf(range);
    const call = context.name === "FunctionCallBody" ? context.parent : null;
    const taken = call?.name === "FunctionCall" && rangeFunction.test(functionOf(text, call));
    if (!taken && context.name !== "PromQL") {
      return problem(
        text,
        range.from,
        "a range stands where one value per series is needed; wrap it in rate()",
      );
    }
  }
  return parsed(tree);
}
