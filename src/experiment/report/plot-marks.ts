/** What stands in the panels: lines with bands, dots with bars, and the names of the series. */
import type * as PlotLibrary from "@observablehq/plot";
import type { PlotData, PlotPoint } from "./plot-data.js";
import { shownLabels } from "./plot-end-labels.js";
import { positiveLow } from "./plot-domain.js";
import { place } from "./plot-scales.js";
import { type PathContext, seriesStyle, symbolPath } from "./plot-style.js";

/** Lines over a scale. */
export function lineMarks(library: typeof PlotLibrary, data: PlotData): PlotLibrary.Markish[] {
  const lines = data.series.flatMap((name, index) => {
    const style = seriesStyle(index);
    const own = data.points.filter((point) => point.series === name).map((point) => drawable(data, point));
    own.sort((a, b) => Number(a.x) - Number(b.x));
    const interval = { x: "x", y1: "low", y2: "high", fx: "facet" };
    const dash = style.dash === undefined ? {} : { strokeDasharray: style.dash };
    return [
      library.areaY(own, { ...interval, fill: style.color, fillOpacity: 0.16 }),
      library.ruleX(own, { ...interval, stroke: style.color, strokeWidth: 1.2 }),
      library.lineY(own, { x: "x", y: "y", fx: "facet", stroke: style.color, ...dash, strokeWidth: 2 }),
    ];
  });
  const dots = data.series.map((name, index) =>
    library.dot(
      data.points.filter((point) => point.series === name),
      { x: "x", y: "y", fx: "facet", ...dotStyle(index, data.series.length) },
    ),
  );
  return [...lines, ...dots, endLabels(library, data)];
}

/** Dots beside each other over each word. */
export function wordMarks(library: typeof PlotLibrary, data: PlotData): PlotLibrary.Markish[] {
  return data.series.flatMap((name, index) => {
    const { color } = seriesStyle(index);
    const own = data.points
      .filter((point) => point.series === name)
      .map((point) => ({ ...drawable(data, point), x: place(String(point.x), index) }));
    const interval = { x: "x", y1: "low", y2: "high", fx: "facet", stroke: color, strokeWidth: 1.4 };
    return [
      library.ruleX(
        own.filter((point) => point.high > point.low),
        { ...interval, marker: "tick" },
      ),
      library.dot(own, { x: "x", y: "y", fx: "facet", ...dotStyle(index, 1) }),
    ];
  });
}

/** The point with an interval that the scale can show. */
function drawable({ yAxis }: PlotData, point: PlotPoint): PlotPoint {
  return yAxis.scale === "log" ? { ...point, low: positiveLow(point) } : point;
}

/** Signs drawn later are smaller, so that those of lines that coincide all show. */
function dotStyle(index: number, count: number): PlotLibrary.DotOptions {
  const { symbol, color } = seriesStyle(index);
  const size = count < 2 ? 1 : 1.3 - (0.6 * index) / (count - 1);
  const draw = (context: PathContext): void => {
    symbolPath(symbol, size, context);
  };
  return { symbol: { draw }, r: 4, fill: "#ffffff", stroke: color, strokeWidth: 1.8 };
}

/** Names the series where they end; series that end together share a label. */
function endLabels(library: typeof PlotLibrary, data: PlotData): PlotLibrary.Markish {
  return library.text(shownLabels(data), {
    x: "x",
    y: "y",
    fx: "facet",
    text: "text",
    fill: "color",
    textAnchor: "start",
    dx: 9,
    fontWeight: "bold",
  });
}
