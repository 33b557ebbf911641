/** From where to where the y axis of a plot goes. */
import type { PlotData, PlotPoint } from "./plot-data.js";

/** Inner size of a panel. */
export const PANEL_WIDTH = 300;
export const PANEL_HEIGHT = 250;

export interface YScale {
  readonly domain: readonly [number, number];
  /** Of a logarithmic scale. */
  readonly ticks: number[] | undefined;
}

export function yDomain({ yAxis, points }: PlotData): YScale {
  const most = Math.max(...points.map((point) => point.high));
  if (yAxis.scale === "log") {
    const low = Math.min(...points.map(positiveLow)) / 1.15;
    const high = most * 1.15;
    return { domain: [low, high], ticks: logTicks(low, high) };
  }
  const least = Math.min(...points.map((point) => point.low));
  if (yAxis.percent) {
    const floor = least >= 50 ? Math.max(0, Math.floor((least - 2) / 10) * 10) : Math.min(0, least);
    return { domain: [floor, Math.max(100, most)], ticks: undefined };
  }
  return { domain: [Math.min(0, least), most > 0 ? most * 1.06 : 1], ticks: undefined };
}

/** 1, 2, 5 of each decade, or the decades alone where there are many. */
function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades > 3 ? [1] : decades > 0.5 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    for (const factor of factors) {
      const tick = Number(`${factor}e${exponent}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** The interval's lower end, cut off where a logarithmic scale would have to go below zero. */
export function positiveLow(point: PlotPoint): number {
  return point.low > 0 ? point.low : point.y / 1.5;
}
