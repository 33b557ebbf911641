/** Values over time that flows down, as curves of steps: a value holds until the next one. */
import { pathData } from "./svg.js";
import { roundStep } from "./time-layout.js";

/** Where a value stands from left to right. */
export interface ValueScale {
  /** Abscissa of 0. */
  readonly left: number;
  readonly perUnit: number;
  /** Round values worth a mark, from 0. */
  readonly ticks: readonly number[];
}

/** The largest value stands a little before the right edge. */
const ROOM = 1.1;
/** How many marks are wanted beside 0; the first number whose labels have room between them. */
const TICKS = [3.5, 2.2, 1.1] as const;
const LABEL_GAP = 6;

/**
 * A scale from 0 to `largest` over `width`. Values are counts: no mark stands between two whole numbers.
 * `labelWidth` is how wide the label of a mark is.
 */
export function valueScale(
  largest: number,
  left: number,
  width: number,
  labelWidth: (value: number) => number,
): ValueScale {
  const domain = Math.max(1, largest) * ROOM;
  const perUnit = width / domain;
  const ticksAt = (step: number): number[] =>
    Array.from({ length: 1 + Math.floor(domain / step) }, (_, index) => index * step);
  const steps = TICKS.map((wanted) => roundStep(domain / wanted));
  const fitting = steps.find((step) => {
    const last = ticksAt(step).pop() ?? 0;
    return step * perUnit >= labelWidth(last) + LABEL_GAP;
  });
  return { left, perUnit, ticks: fitting === undefined ? [0] : ticksAt(fitting) };
}

/** A value from a height on; null: nothing to draw. */
export interface Step {
  readonly y: number;
  readonly value: number | null;
}

/** The line along the steps, the last of which holds until `bottom`. */
export function stepLine(steps: readonly Step[], bottom: number, scale: ValueScale): string {
  const parts: (string | number)[] = [];
  let drawing = false;
  steps.forEach(({ y, value }, index) => {
    if (value === null) {
      drawing = false;
      return;
    }
    const x = scale.left + value * scale.perUnit;
    parts.push(...(drawing ? ["H", x] : ["M", x, y]), "V", steps[index + 1]?.y ?? bottom);
    drawing = true;
  });
  return pathData(...parts);
}

/** The area between 0 and the line. */
export function stepArea(steps: readonly Step[], bottom: number, scale: ValueScale): string {
  const line = stepLine(steps, bottom, scale);
  const first = steps[0];
  if (first === undefined || line === "") return "";
  return `${pathData("M", scale.left, first.y)} ${line.replace("M", "L")} ${pathData("H", scale.left, "Z")}`;
}
