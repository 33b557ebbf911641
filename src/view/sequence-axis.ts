/** The time axis of a sequence diagram, and the lines that follow it. */
import { MILLISECOND, SECOND, type Instant } from "../kernel/index.js";
import { formatDuration } from "./format.js";
import { HEAD_HEIGHT, type SequenceLayout } from "./sequence-layout.js";
import { element } from "./svg.js";
import { COLOR, SIZE } from "./theme.js";
import type { TimeLayout } from "./time-layout.js";

/** How far the sign of left-out time stays away from what surrounds it. */
export const BREAK_INSET = 5;

const TICK_TEXT = { "text-anchor": "end", "font-size": SIZE.small, fill: COLOR.soft };

/** The axis with its heading, left of the lifelines. */
export function drawAxis(layout: SequenceLayout): string {
  const { axisX } = layout;
  const top = layout.top + HEAD_HEIGHT;
  const heading = { ...TICK_TEXT, x: axisX + 4, y: layout.top + HEAD_HEIGHT / 2 + 3.5 };
  return (
    element("text", heading, `time in ${unitOf(layout.time).name}`) +
    vertical(axisX, top, layout.bottom, { stroke: COLOR.hair }) +
    drawTimeTicks(layout, axisX)
  );
}

/** The instants, and how much time is left out, right-aligned before `x`. */
export function drawTimeTicks({ time }: SequenceLayout, x: number): string {
  const unit = unitOf(time);
  const decimals = decimalsFor(
    time.ticks.map((tick) => tick.at),
    unit.nanoseconds,
  );
  let markup = "";
  for (const gap of time.breaks) {
    markup += dotted(x, gap.top + BREAK_INSET, gap.bottom - BREAK_INSET);
    const place = { x: x - 8, y: (gap.top + gap.bottom) / 2 + 3.5 };
    markup += element(
      "text",
      { ...TICK_TEXT, ...place, "font-style": "italic" },
      `+ ${formatDuration(gap.duration)}`,
    );
  }
  for (const tick of time.ticks) {
    markup += element("line", { x1: x - 4, y1: tick.y, x2: x, y2: tick.y, stroke: COLOR.lifeline });
    const value = (tick.at / unit.nanoseconds).toFixed(decimals);
    markup += element("text", { ...TICK_TEXT, x: x - 8, y: tick.y + 3.5 }, value);
  }
  return markup;
}

function unitOf({ ticks }: TimeLayout): { readonly name: string; readonly nanoseconds: number } {
  const last = ticks[ticks.length - 1]?.at ?? 0;
  return last >= 2 * SECOND ? { name: "s", nanoseconds: SECOND } : { name: "ms", nanoseconds: MILLISECOND };
}

/** The fewest decimals, at most 3, that show all the instants as they are. */
function decimalsFor(instants: readonly Instant[], unit: number): number {
  for (let decimals = 0, step = unit; decimals < 3; decimals++, step /= 10) {
    if (instants.every((at) => at % step === 0)) return decimals;
  }
  return 3;
}

/** A line down the page. */
export function vertical(
  x: number,
  top: number,
  bottom: number,
  attributes: Readonly<Record<string, string | number>>,
): string {
  return element("line", { x1: x, y1: top, x2: x, y2: bottom, ...attributes });
}

/** Laid over such a line where time is left out. */
export function dotted(x: number, top: number, bottom: number): string {
  return (
    vertical(x, top, bottom, { stroke: COLOR.paper, "stroke-width": 4 }) +
    vertical(x, top + 2, bottom, { stroke: COLOR.lifeline, "stroke-width": 1.6, "stroke-dasharray": "1.5 4" })
  );
}
