/**
 * Reads expressions. mathjs parses the text; what it makes of it is walked against a list of what is allowed
 * and translated into plain data. Nothing of mathjs ever evaluates.
 *
 * mathjs is large, so this file is loaded only for an experiment that has an expression in it; of mathjs it
 * takes the parser over plain numbers.
 */
import { create, type MathNode, parseDependencies } from "mathjs/number";
import {
  type Expression,
  EXPRESSION_LENGTH_MAX,
  ExpressionError,
  type FunctionName,
  FUNCTIONS,
  type Operator,
} from "./expression.js";
import { nearest } from "../nearest-name.js";
import { unitMeantBy, unitNamed } from "./unit.js";

const BINARY: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    add: "+",
    subtract: "-",
    multiply: "*",
    divide: "/",
    equal: "==",
    unequal: "!=",
    smaller: "<",
    smallerEq: "<=",
    larger: ">",
    largerEq: ">=",
    and: "and",
    or: "or",
  } as const),
);

const { parse } = create({ ...parseDependencies });

export function parseExpression(text: string, names: ReadonlySet<string>): Expression {
  if (text.length > EXPRESSION_LENGTH_MAX) {
    throw new ExpressionError(
      `the expression has ${text.length} characters; at most ${EXPRESSION_LENGTH_MAX} are allowed`,
    );
  }
  if (text.trim() === "") throw new ExpressionError("the expression is empty");
  return translate(parsed(text), names);
}

function parsed(text: string): MathNode {
  try {
    return parse(text.replaceAll(/(?<![A-Za-z_"'])[µμ]s/g, "us"));
  } catch (error) {
    const at = (error as { readonly char?: number }).char;
    const what = (error instanceof Error ? error.message : String(error)).replace(/ \(char \d+\)$/, "");
    throw new ExpressionError(
      `not an expression: ${what.charAt(0).toLowerCase()}${what.slice(1)}`,
      at === undefined ? undefined : at - 1,
    );
  }
}

/** The parts of mathjs's nodes that are looked at. */
interface ParsedNode {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: string;
  readonly op?: string;
  readonly fn?: unknown;
  readonly implicit?: boolean;
  readonly args?: readonly ParsedNode[];
  readonly content?: ParsedNode;
  readonly condition?: ParsedNode;
  readonly trueExpr?: ParsedNode;
  readonly falseExpr?: ParsedNode;
  readonly conditionals?: readonly string[];
  readonly params?: readonly ParsedNode[];
}

function translate(node: MathNode | ParsedNode, names: ReadonlySet<string>): Expression {
  const parsed = node as ParsedNode;
  switch (parsed.type) {
    case "ConstantNode":
      return constant(parsed.value);
    case "SymbolNode":
      return named(parsed.name ?? "", names);
    case "ParenthesisNode":
      return translate(parsed.content as ParsedNode, names);
    case "OperatorNode":
      return operator(parsed, names);
    case "RelationalNode":
      return chain(parsed, names);
    case "FunctionNode":
      return call(parsed, names);
    case "ConditionalNode":
      return {
        kind: "choice",
        condition: translate(parsed.condition as ParsedNode, names),
        yes: translate(parsed.trueExpr as ParsedNode, names),
        no: translate(parsed.falseExpr as ParsedNode, names),
      };
    default:
      throw new ExpressionError(`${FORBIDDEN[parsed.type] ?? parsed.type} may not be used in an expression`);
  }
}

const FORBIDDEN: Readonly<Record<string, string>> = {
  AccessorNode: "a property (x.y, x[1])",
  ArrayNode: "a matrix ([1, 2])",
  AssignmentNode: "an assignment (=; a comparison is ==)",
  BlockNode: "more than one expression",
  FunctionAssignmentNode: "a definition of a function",
  IndexNode: "an index",
  ObjectNode: "an object",
  RangeNode: "a range (1:3)",
};

function constant(value: unknown): Expression {
  if (typeof value === "string") return { kind: "text", value };
  if (typeof value === "boolean") return { kind: "truth", value };
  if (typeof value === "number" && Number.isFinite(value)) {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new ExpressionError(`the number ${value} is too large to be exact`);
    }
    return { kind: "number", value };
  }
  throw new ExpressionError(`${value === undefined ? "an empty expression" : String(value)} has no value`);
}

function named(name: string, names: ReadonlySet<string>): Expression {
  if (names.has(name)) return { kind: "name", name };
  if (unitNamed(name) !== undefined) return { kind: "unit", name };
  const near = unitMeantBy(name) ?? nearest(name, [...names, ...FUNCTIONS]);
  throw new ExpressionError(`unknown name \`${name}\``, undefined, near);
}

function operator(node: ParsedNode, names: ReadonlySet<string>): Expression {
  const [left, right] = (node.args ?? []) as [ParsedNode, ParsedNode | undefined];
  if (right === undefined) {
    if (node.fn === "unaryMinus") return { kind: "minus", operand: translate(left, names) };
    if (node.fn === "unaryPlus") return translate(left, names);
    if (node.fn === "not") return { kind: "not", operand: translate(left, names) };
    throw new ExpressionError(`the operator ${String(node.op)} may not be used in an expression`);
  }
  const known = BINARY.get(String(node.fn));
  if (known === undefined) {
    const hint = node.fn === "mod" ? " (a percentage before a sign or a name needs brackets: (5 %))" : "";
    throw new ExpressionError(`the operator ${String(node.op)} may not be used in an expression${hint}`);
  }
  const operands = { left: translate(left, names), right: translate(right, names) };
  if (node.implicit === true && operands.right.kind !== "unit") {
    throw new ExpressionError("two values stand side by side: write * between them");
  }
  return { kind: "operation", operator: known, ...operands };
}

/** `a < b <= c` is `a < b and b <= c`. */
function chain(node: ParsedNode, names: ReadonlySet<string>): Expression {
  const operands = (node.params ?? []).map((operand) => translate(operand, names));
  return (node.conditionals ?? [])
    .map((conditional, index): Expression => {
      const [left, right] = [operands[index] as Expression, operands[index + 1] as Expression];
      return { kind: "operation", operator: BINARY.get(conditional) ?? "==", left, right };
    })
    .reduce((left, right) => ({ kind: "operation", operator: "and", left, right }));
}

function call(node: ParsedNode, names: ReadonlySet<string>): Expression {
  const called = node.fn as ParsedNode;
  const name = called.type === "SymbolNode" ? String(called.name) : "";
  const known = FUNCTIONS.find((allowed) => allowed === name);
  if (known === undefined) {
    throw new ExpressionError(
      `the function \`${name}\` may not be used in an expression; allowed are ${FUNCTIONS.join(", ")}`,
      undefined,
      nearest(name, FUNCTIONS),
    );
  }
  const operands = (node.args ?? []).map((operand) => translate(operand, names));
  if (operands.length === 0 || (operands.length > 1 && !takesMany(known))) {
    throw new ExpressionError(
      `${known} takes ${takesMany(known) ? "at least one value" : "one value"}, not ${operands.length}`,
    );
  }
  return { kind: "call", function: known, operands };
}

function takesMany(name: FunctionName): boolean {
  return name === "min" || name === "max";
}
