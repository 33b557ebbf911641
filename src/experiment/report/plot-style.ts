/**
 * How the series of a plot look: hues that the colour-blind tell apart (after Okabe and Ito, darkened for
 * print), and for black and white a dash and a sign of its own for each.
 */

export type SymbolName = "circle" | "triangle" | "square" | "diamond" | "down" | "bar";

export interface SeriesStyle {
  readonly color: string;
  readonly dash: string | undefined;
  readonly symbol: SymbolName;
}

const COLORS = ["#0062a3", "#c05000", "#00755e", "#a1478a", "#8a6d00", "#3a3f47"] as const;
const DASHES = [undefined, "7 3", "2 3", "9 3 2 3", "4 2", "1 2"] as const;
const SYMBOLS: readonly SymbolName[] = ["circle", "triangle", "square", "diamond", "down", "bar"];

/** The look of the n-th series; the dashes shift when the colours begin again. */
export function seriesStyle(index: number): SeriesStyle {
  const turn = Math.floor(index / COLORS.length);
  return {
    color: COLORS[index % COLORS.length] ?? COLORS[0],
    dash: DASHES[(index + turn) % DASHES.length],
    symbol: SYMBOLS[(index + turn) % SYMBOLS.length] ?? "circle",
  };
}

/** What a sign is drawn with; a canvas, or Plot's recorder of paths. */
export interface PathContext {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
  arc(x: number, y: number, radius: number, from: number, to: number): void;
}

const CORNERS: Readonly<Record<Exclude<SymbolName, "circle">, readonly (readonly [number, number])[]>> = {
  triangle: [
    [0, -5],
    [4.6, 3.4],
    [-4.6, 3.4],
  ],
  down: [
    [0, 5],
    [4.6, -3.4],
    [-4.6, -3.4],
  ],
  square: [
    [-3.7, -3.7],
    [3.7, -3.7],
    [3.7, 3.7],
    [-3.7, 3.7],
  ],
  diamond: [
    [0, -5.2],
    [4.4, 0],
    [0, 5.2],
    [-4.4, 0],
  ],
  bar: [
    [-2, -5],
    [2, -5],
    [2, 5],
    [-2, 5],
  ],
};

const RADIUS = 4;

/** Path data of a sign around the origin, `size` times as large; also drawn on `context` where one is given. */
export function symbolPath(symbol: SymbolName, size: number, context?: PathContext): string {
  if (symbol === "circle") {
    const r = RADIUS * size;
    context?.moveTo(r, 0);
    context?.arc(0, 0, r, 0, 2 * Math.PI);
    return `M ${r} 0 A ${r} ${r} 0 1 1 -${r} 0 A ${r} ${r} 0 1 1 ${r} 0 Z`;
  }
  const corners = CORNERS[symbol].map(([x, y]) => [x * size, y * size] as const);
  corners.forEach(([x, y], index) => {
    if (index === 0) context?.moveTo(x, y);
    else context?.lineTo(x, y);
  });
  context?.closePath();
  return `M ${corners.map(([x, y]) => `${x} ${y}`).join(" L ")} Z`;
}
