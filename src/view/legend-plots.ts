/** What the curves and grounds of the congestion plots mean: only those that occur. */
import { CURVES, type CurveStyle, type PlotContents, shade, type ShadedState } from "./congestion-plots.js";
import type { Entry } from "./legend-lines.js";
import { element } from "./svg.js";
import { COLOR } from "./theme.js";

const STATES: Readonly<Record<ShadedState, string>> = {
  disorder: "disorder: something is missing or out of order",
  recovery: "recovery: repairs a loss",
  loss: "loss: goes on after a timeout",
};

/** Curves first, then the states. */
export function plotEntries(plots: PlotContents): Entry[] {
  if (!plots.any) return [];
  const entries: Entry[] = [
    curveEntry("congestion window", CURVES.window),
    {
      text: "in flight",
      sampleWidth: 16,
      sample: (x, y) => element("rect", { x, y: y - 6, width: 16, height: 12, fill: COLOR.flight }),
    },
  ];
  if (plots.threshold) entries.push(curveEntry("slow-start threshold", CURVES.threshold));
  if (plots.receiveWindow) entries.push(curveEntry("receive window of the other side", CURVES.receiveWindow));
  for (const state of plots.states) {
    entries.push({ text: STATES[state], sampleWidth: 16, sample: (x, y) => shade(state, x, y - 6, 16, 12) });
  }
  return entries;
}

function curveEntry(text: string, style: CurveStyle): Entry {
  return {
    text,
    sampleWidth: 24,
    sample: (x, y) => element("line", { x1: x, y1: y, x2: x + 24, y2: y, ...style }),
  };
}
