/** What a query's tree tells before it is asked: how far it looks back, into which series, and which labels come out. */
import type { Tree } from "@lezer/common";
import { durationSeconds } from "./duration.ts";
import { ancestorsOf, childrenOf, nodesOf, type SyntaxNode, textOf } from "./tree.ts";
import { contextOf, functionOf, operandsOf, typeOf, unwrap, type ValueType } from "./types.ts";

/** One selector of series under a range. */
export interface RangedSelector {
  /** Without its range: `ovms_requests_success{pod=~"…"}`. */
  readonly text: string;
  /** The function that is applied to it first; undefined at the top of the query. */
  readonly function?: string;
  /** Seconds that it looks back, the ranges of subqueries around it included; NaN where arithmetic decides. */
  readonly reachSeconds: number;
}

export interface QueryFacts {
  readonly type: ValueType;
  readonly ranged: readonly RangedSelector[];
  /** Selectors without any range; those joined for their labels alone (`* on (…) group_left (…) info`) are none. */
  readonly bare: readonly string[];
  /** Parts that read another time than the question's: offset, @, anchored, smoothed. */
  readonly shifted: readonly string[];
  /** The labels of the result where the query itself fixes them (`by (pod)`); undefined: those of the series. */
  readonly labels?: readonly string[];
}

/** Prometheus takes a sample for current for this long; an instant selector in a subquery reaches back so much more. */
const lookbackSeconds = 300;

export function factsOf(text: string, tree: Tree): QueryFacts {
  const top = childrenOf(tree.topNode)[0] as SyntaxNode;
  const labels = labelsOf(text, top);
  const selectors = nodesOf(tree, "VectorSelector");
  const shifted = nodesOf(tree, "OffsetExpr", "StepInvariantExpr", "AnchoredExpr", "SmoothedExpr");
  return {
    type: typeOf(text, top),
    ranged: selectors.filter(isRanged).map((node) => rangedSelector(text, node)),
    bare: selectors
      .filter((node) => !isRanged(node) && !isJoinedForLabels(node))
      .map((node) => textOf(text, node)),
    shifted: shifted.map((node) => textOf(text, node)),
    ...(labels === undefined ? {} : { labels }),
  };
}

function rangesAround(node: SyntaxNode): readonly SyntaxNode[] {
  return ancestorsOf(node).filter(({ name }) => name === "MatrixSelector" || name === "SubqueryExpr");
}

function isRanged(node: SyntaxNode): boolean {
  return rangesAround(node).length > 0;
}

function rangedSelector(text: string, node: SyntaxNode): RangedSelector {
  const ranges = rangesAround(node);
  const seconds = ranges.map((range) => rangeSeconds(text, range));
  const lookback = node.parent?.name === "MatrixSelector" ? 0 : lookbackSeconds;
  const reachSeconds = seconds.reduce((total, each) => total + each, lookback);
  const call = contextOf(ranges[0] as SyntaxNode).parent;
  const name = call === null ? undefined : functionOf(text, call);
  return { text: textOf(text, node), reachSeconds, ...(name === undefined ? {} : { function: name }) };
}

function rangeSeconds(text: string, range: SyntaxNode): number {
  const duration = range.getChild("DurationExpr") as SyntaxNode;
  return durationSeconds(textOf(text, duration)) ?? Number.NaN;
}

/** On the "one" side of a many-to-one join by `*`: an info metric, which is 1 and lends its labels. */
function isJoinedForLabels(node: SyntaxNode): boolean {
  const join = contextOf(node);
  if (join.name !== "BinaryExpr" || join.getChild("Mul") === null) return false;
  const clause = join.getChild("MatchingModifierClause");
  const [left, right] = operandsOf(join).map(unwrap);
  if (clause?.getChild("GroupLeft")) return right?.from === node.from;
  return clause?.getChild("GroupRight") ? left?.from === node.from : false;
}

/** Aggregations that hand the series on as they are. */
const selecting = /^(?:topk|bottomk|limitk|limit_ratio)$/i;

function labelsOf(text: string, node: SyntaxNode): readonly string[] | undefined {
  const inner = unwrap(node);
  if (typeOf(text, inner) === "scalar") return [];
  if (inner.name === "AggregateExpr") return aggregatedLabels(text, inner);
  if (inner.name === "FunctionCall") return functionOf(text, inner) === "vector" ? [] : undefined;
  const operands = operandsOf(inner).filter((operand) => typeOf(text, operand) === "vector");
  const [only, second] = operands;
  return only !== undefined && second === undefined ? labelsOf(text, only) : undefined;
}

function aggregatedLabels(text: string, node: SyntaxNode): readonly string[] | undefined {
  const operation = textOf(text, node.getChild("AggregateOp") as SyntaxNode);
  const modifier = node.getChild("AggregateModifier");
  if (selecting.test(operation) || modifier?.getChild("Without")) return undefined;
  const names = modifier?.getChild("GroupingLabels")?.getChildren("LabelName") ?? [];
  return names.map((name) => textOf(text, name));
}
