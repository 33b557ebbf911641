/**
 * Expressions as plain data, and what they come to. Texts are parsed elsewhere (parse.ts); evaluating needs no
 * parser, so a plan that was kept as JSON can be evaluated as it stands.
 */
import {
  add,
  ceil,
  compare,
  divide,
  floor,
  fromNumber,
  multiply,
  negate,
  type Rational,
  rational,
  round,
  toNumber,
} from "./rational.js";
import { Quantity } from "./quantity.js";
import { dimensionInWords, PLAIN, sameDimension, unitNamed } from "./unit.js";

export type Operator = "+" | "-" | "*" | "/" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or";
export type FunctionName = "min" | "max" | "abs" | "floor" | "ceil" | "round" | "sqrt";

export const FUNCTIONS: readonly FunctionName[] = ["min", "max", "abs", "floor", "ceil", "round", "sqrt"];

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "unit"; readonly name: string }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "truth"; readonly value: boolean }
  | { readonly kind: "name"; readonly name: string }
  | {
      readonly kind: "operation";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "minus" | "not"; readonly operand: Expression }
  | { readonly kind: "call"; readonly function: FunctionName; readonly operands: readonly Expression[] }
  | {
      readonly kind: "choice";
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    };

export const EXPRESSION_LENGTH_MAX = 500;

/** Why a text is not an expression. `at` counts characters from 0 when the place is known. */
export class ExpressionError extends Error {
  readonly at: number | undefined;
  readonly suggestion: string | undefined;

  constructor(message: string, at?: number, suggestion?: string) {
    super(message);
    this.at = at;
    this.suggestion = suggestion;
  }
}

/** Reads the expression `text` in which `names` may occur. Throws `ExpressionError`. */
export type ParseExpression = (text: string, names: ReadonlySet<string>) => Expression;

/** What an expression comes to; null when something in it has no value (a latency with no delivery, x / 0). */
export type Value = Quantity | string | boolean | null;

/** The value of a name. Names have been checked when the expression was read. */
export type Scope = (name: string) => Value;

/** An expression that mixes what cannot be mixed. The message is for people. */
export class EvaluationError extends Error {}

export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "number":
      return new Quantity(fromNumber(expression.value));
    case "unit":
      return unitAsQuantity(expression.name);
    case "text":
    case "truth":
      return expression.value;
    case "name":
      return scope(expression.name);
    case "minus": {
      const operand = quantity(evaluate(expression.operand, scope), "-");
      return operand && new Quantity(negate(operand.value), operand.dimension);
    }
    case "not": {
      const operand = truth(evaluate(expression.operand, scope), "not");
      return operand === null ? null : !operand;
    }
    case "operation":
      return operation(expression.operator, expression.left, expression.right, scope);
    case "call":
      return call(
        expression.function,
        expression.operands.map((operand) => evaluate(operand, scope)),
      );
    case "choice": {
      const condition = truth(evaluate(expression.condition, scope), "?");
      if (condition === null) return null;
      return evaluate(condition ? expression.yes : expression.no, scope);
    }
  }
}

/** The names that an expression refers to. */
export function namesIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case "name":
      return [expression.name];
    case "operation":
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case "minus":
    case "not":
      return namesIn(expression.operand);
    case "call":
      return expression.operands.flatMap(namesIn);
    case "choice":
      return [expression.condition, expression.yes, expression.no].flatMap(namesIn);
    case "number":
    case "unit":
    case "text":
    case "truth":
      return [];
  }
}

function operation(operator: Operator, left: Expression, right: Expression, scope: Scope): Value {
  if (operator === "and" || operator === "or") return logic(operator, left, right, scope);
  const a = evaluate(left, scope);
  const b = evaluate(right, scope);
  switch (operator) {
    case "+":
    case "-":
    case "*":
    case "/":
      return arithmetic(operator, a, b);
    case "==":
    case "!=": {
      if (a === null || b === null) return null;
      return equal(a, b) === (operator === "==");
    }
    case "<":
    case "<=":
    case ">":
    case ">=":
      return ordered(operator, a, b);
  }
}

/** A false operand decides `and`, a true one `or`, whatever is not known of the other. */
function logic(operator: "and" | "or", left: Expression, right: Expression, scope: Scope): boolean | null {
  const deciding = operator === "or";
  const a = truth(evaluate(left, scope), operator);
  if (a === deciding) return deciding;
  const b = truth(evaluate(right, scope), operator);
  if (b === deciding) return deciding;
  return a === null || b === null ? null : !deciding;
}

function arithmetic(operator: "+" | "-" | "*" | "/", a: Value, b: Value): Quantity | null {
  const left = quantity(a, operator);
  const right = quantity(b, operator);
  if (left === null || right === null) return null;
  switch (operator) {
    case "+":
    case "-": {
      mustAgree(left, right, operator);
      const term = operator === "+" ? right.value : negate(right.value);
      return new Quantity(add(left.value, term), left.dimension);
    }
    case "*":
      return new Quantity(multiply(left.value, right.value), {
        time: left.dimension.time + right.dimension.time,
        data: left.dimension.data + right.dimension.data,
      });
    case "/": {
      const ratio = divide(left.value, right.value);
      if (ratio === undefined) return null;
      return new Quantity(ratio, {
        time: left.dimension.time - right.dimension.time,
        data: left.dimension.data - right.dimension.data,
      });
    }
  }
}

function equal(a: Quantity | string | boolean, b: Quantity | string | boolean): boolean {
  if (!(a instanceof Quantity) || !(b instanceof Quantity)) return a === b;
  mustAgree(a, b, "==");
  return compare(a.value, b.value) === 0;
}

function ordered(operator: "<" | "<=" | ">" | ">=", a: Value, b: Value): boolean | null {
  const left = quantity(a, operator);
  const right = quantity(b, operator);
  if (left === null || right === null) return null;
  mustAgree(left, right, operator);
  const order = compare(left.value, right.value);
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function call(name: FunctionName, operands: readonly Value[]): Quantity | null {
  const quantities: Quantity[] = [];
  for (const operand of operands) {
    const known = quantity(operand, name);
    if (known === null) return null;
    quantities.push(known);
  }
  const first = quantities[0] as Quantity;
  switch (name) {
    case "min":
    case "max": {
      const sign = name === "min" ? 1 : -1;
      return quantities.reduce((best, next) => {
        mustAgree(best, next, name);
        return sign * compare(next.value, best.value) < 0 ? next : best;
      });
    }
    case "abs":
      return first.value.numerator < 0n ? new Quantity(negate(first.value), first.dimension) : first;
    case "floor":
      return new Quantity(floor(plain(first, name)));
    case "ceil":
      return new Quantity(ceil(plain(first, name)));
    case "round":
      return new Quantity(round(plain(first, name)));
    case "sqrt": {
      const operand = toNumber(plain(first, name));
      return operand < 0 ? null : new Quantity(fromNumber(Math.sqrt(operand)));
    }
  }
}

function plain(operand: Quantity, name: FunctionName): Rational {
  if (operand.is(PLAIN)) return operand.value;
  throw new EvaluationError(`\`${name}\` takes a plain number, not ${dimensionInWords(operand.dimension)}`);
}

function quantity(value: Value, operator: string): Quantity | null {
  if (value === null || value instanceof Quantity) return value;
  throw new EvaluationError(`\`${operator}\` takes numbers, not ${inWords(value)}`);
}

function truth(value: Value, operator: string): boolean | null {
  if (value === null || typeof value === "boolean") return value;
  throw new EvaluationError(`\`${operator}\` takes true or false, not ${inWords(value)}`);
}

function mustAgree(a: Quantity, b: Quantity, operator: string): void {
  if (sameDimension(a.dimension, b.dimension)) return;
  const [left, right] = [dimensionInWords(a.dimension), dimensionInWords(b.dimension)];
  throw new EvaluationError(`\`${operator}\` cannot mix ${left} and ${right}`);
}

function inWords(value: string | boolean | Quantity): string {
  if (value instanceof Quantity) return value.toString();
  return typeof value === "string" ? `the text "${value}"` : String(value);
}

function unitAsQuantity(name: string): Quantity {
  const unit = unitNamed(name);
  return unit === undefined ? new Quantity(rational(1n)) : new Quantity(unit.factor, unit.dimension);
}
