/** Names at the ends of lines. */
import { textWidth } from "../../view/index.js";
import type { PlotData, PlotPoint } from "./plot-data.js";
import { PANEL_HEIGHT, yDomain } from "./plot-domain.js";
import { seriesStyle } from "./plot-style.js";

const INK = "#1b2733";

export interface EndLabel {
  readonly x: number;
  readonly y: number;
  readonly facet: string;
  readonly text: string;
  readonly color: string;
}

const LABEL_HEIGHT = 13;
/** Wider labels would take the room that the lines need: the legend has to do. */
const LABEL_MAX = 84;

/** The labels to be drawn: none where there is one series, or where they are too wide. */
export function shownLabels(data: PlotData): EndLabel[] {
  if (data.series.length < 2 || data.xAxis.scale === "words") return [];
  const labels = data.facets.flatMap((facet) => endLabelsOf(data, facet));
  return labels.every((label) => textWidth(label.text, 11, true) <= LABEL_MAX) ? labels : [];
}

function endLabelsOf(data: PlotData, facet: string): EndLabel[] {
  const ends = data.series.flatMap((name, index) => {
    const own = data.points.filter((point) => point.facet === facet && point.series === name);
    const last = own.reduce<PlotPoint | undefined>(
      (best, point) => (best === undefined || Number(point.x) > Number(best.x) ? point : best),
      undefined,
    );
    return last === undefined ? [] : [{ last, index }];
  });
  const height = heightOf(data);
  const sorted = [...ends].sort((a, b) => height(b.last.y) - height(a.last.y) || a.index - b.index);
  const groups: (typeof sorted)[] = [];
  for (const end of sorted) {
    const group = groups[groups.length - 1];
    const previous = group?.[group.length - 1];
    if (group === undefined || previous === undefined) groups.push([end]);
    else if (Math.abs(height(previous.last.y) - height(end.last.y)) < LABEL_HEIGHT) group.push(end);
    else groups.push([end]);
  }
  return groups.map((group) => {
    const middle = group[Math.floor((group.length - 1) / 2)] as (typeof sorted)[number];
    const names = group.map(({ last, index }) => ({ name: last.series, index }));
    names.sort((a, b) => a.index - b.index);
    return {
      x: Number(middle.last.x),
      y: middle.last.y,
      facet,
      text: names.map(({ name }) => name).join(", "),
      color: group.length === 1 ? seriesStyle(middle.index).color : INK,
    };
  });
}

/** How high above the panel's foot a value stands. */
function heightOf(data: PlotData): (value: number) => number {
  const { domain } = yDomain(data);
  const at = (value: number): number => (data.yAxis.scale === "log" ? Math.log(value) : value);
  return (value) => ((at(value) - at(domain[0])) / (at(domain[1]) - at(domain[0]) || 1)) * PANEL_HEIGHT;
}

/** Room for the labels at the end of the lines. */
export function labelRoom(data: PlotData): number {
  const labels = shownLabels(data);
  if (labels.length === 0) return 0;
  return Math.max(...labels.map((label) => textWidth(label.text, 11, true))) + 4;
}
