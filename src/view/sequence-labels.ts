/** Finds a place for every text of a sequence diagram, the important ones first. */
import {
  type Box,
  type Candidate,
  LabelPlaces,
  type Point,
  type Segment,
  uprightBox,
} from "./label-placing.js";
import type { LossCause } from "../trace/index.js";
import type { Flight } from "./story.js";
import { fitText, textWidth } from "./text-width.js";
import { SIZE } from "./theme.js";
import type { Arrow, Band, Lifeline, PlacedMark, PlacedNodeSpan } from "./sequence-parts.js";

const CAUSES: Readonly<Record<LossCause, string>> = {
  loss: "",
  corruption: "corrupted",
  cut: "link cut",
  "queue-full": "queue full",
  "node-down": "node down",
  "no-listener": "no listener",
  "link-reset": "reset",
};

/** Half the size of the cross that ends a lost packet. */
export const CROSS = 5;
/** Width of the bar that stands for a lifeline whose node is down or paused. */
export const BAR = 8;
/** From the lifeline to the middle of a mark's symbol, and to its text. */
export const SYMBOL_OFFSET = 11;
export const TEXT_OFFSET = 20;
const SYMBOL = 5.5;
/** A line of text is so much higher than its size. */
const LINE = 1.08;
/** Steeper than this, text is set upright. */
const STEEP = 0.75;

/** What is to be labelled, or stands in the way of labels. */
export interface Labelled {
  readonly lifelines: readonly Lifeline[];
  readonly arrows: readonly Arrow[];
  readonly marks: readonly PlacedMark[];
  readonly nodeSpans: readonly PlacedNodeSpan[];
  readonly bands: readonly Band[];
}

/** Sets the labels of arrows, marks and bands. Returns for how many there was no room. */
export function placeLabels(labelled: Labelled, labelMax: number): number {
  const { lifelines, arrows, marks, nodeSpans, bands } = labelled;
  const places = new LabelPlaces();
  const lines = arrows.map((arrow): Segment => ({ from: arrow.from, to: arrow.to }));
  lines.forEach((line) => {
    places.avoid(line);
  });
  for (const arrow of arrows) if (arrow.flight.outcome === "lost") places.take(crossBox(arrow.to));
  for (const { x, top, bottom } of nodeSpans) {
    places.take(uprightBox(x - BAR / 2, top, BAR, Math.max(1, bottom - top)));
  }
  for (const mark of marks) placeMark(mark, places, labelMax);
  for (const band of bands) placeBand(band, places);
  const columns = lifelines.map((lifeline) => lifeline.x);
  for (const wanted of RANKS) {
    arrows.forEach((arrow, index) => {
      if (rank(arrow.flight) === wanted)
        placeArrow(arrow, lines[index] as Segment, columns, places, labelMax);
    });
  }
  const missing = [...arrows, ...marks, ...bands].filter((each) => each.label === undefined);
  return missing.length;
}

const RANKS = [0, 1, 2, 3, 4] as const;

/** Which labels look for a place first: the unusual, then what the protocol says, then what carries it. */
function rank(flight: Flight): (typeof RANKS)[number] {
  const { bare, outcome, again, segment } = flight;
  if (segment !== undefined) return unusual(flight) ? 2 : bare ? 4 : 3;
  if (bare) return 2;
  return outcome === "lost" || again ? 0 : 1;
}

function unusual({ outcome, again, segment }: Flight): boolean {
  return outcome === "lost" || again || segment?.probe === true;
}

/** The label of a usual segment that more lines would run through is hard to read and tells little: it is left out. */
function crossingsMax(flight: Flight): number {
  if (flight.segment === undefined || unusual(flight)) return Infinity;
  return flight.segment.blocks > 0 ? 2 : 1;
}

/** How large a flight's label is set. */
export function labelSize({ segment, bare }: Flight): number {
  if (segment !== undefined) return SIZE.fine;
  return bare ? SIZE.small : SIZE.label;
}

/** The room of the cross at the end of a lost packet. */
export function crossBox(at: Point): Box {
  return uprightBox(at.x - CROSS - 1, at.y - CROSS - 1, 2 * CROSS + 2, 2 * CROSS + 2);
}

interface SidedCandidate extends Candidate {
  readonly side: -1 | 1;
}

function placeMark(mark: PlacedMark, places: LabelPlaces, labelMax: number): void {
  const { lifeline, y } = mark;
  const text = fitText(mark.mark.text, SIZE.label, lifeline.inner ? labelMax - 10 : 190);
  const width = textWidth(text, SIZE.label);
  const height = SIZE.label * LINE;
  const offset = mark.mark.kind === "state" ? TEXT_OFFSET - 8 : TEXT_OFFSET;
  const boxOn = (side: -1 | 1): Box =>
    uprightBox(side > 0 ? lifeline.x + offset : lifeline.x - offset - width, y - height / 2, width, height);
  const candidates: SidedCandidate[] = [{ box: boxOn(lifeline.side), dislike: 0, side: lifeline.side }];
  if (lifeline.inner) candidates.push({ box: boxOn(-1), dislike: 1, side: -1 });
  const found = places.place(candidates);
  if (found !== undefined) {
    mark.side = found.side;
    mark.label = { text, size: SIZE.label, box: found.box };
  }
  const x = lifeline.x + mark.side * SYMBOL_OFFSET;
  if (mark.mark.kind !== "state") places.take(uprightBox(x - SYMBOL, y - SYMBOL, 2 * SYMBOL, 2 * SYMBOL));
}

function placeBand(band: Band, places: LabelPlaces): void {
  const { span } = band;
  const words = span.kind === "cut" ? "link cut" : "link held";
  const text = span.bothWays ? words : `${words}: ${span.from} → ${span.to}`;
  const fitted = fitText(text, SIZE.small, band.right - band.left - 12);
  const width = textWidth(fitted, SIZE.small);
  const height = SIZE.small * LINE;
  const candidates: Candidate[] = [];
  for (let top = band.top + 3; top + height <= band.bottom - 2 && candidates.length < 60; top += 7) {
    for (const share of [0, 0.5, 1]) {
      const left = band.left + 6 + (band.right - band.left - 12 - width) * share;
      candidates.push({
        box: uprightBox(left, top, width, height),
        dislike: (top - band.top) / 50 + share / 2,
      });
    }
  }
  const found = places.place(candidates);
  if (found !== undefined) band.label = { text: fitted, size: SIZE.small, box: found.box };
}

function placeArrow(
  arrow: Arrow,
  line: Segment,
  columns: readonly number[],
  places: LabelPlaces,
  labelMax: number,
): void {
  const size = labelSize(arrow.flight);
  const text = fitText(arrow.flight.label, size, labelMax);
  const candidates = arrowCandidates(arrow, text, size, columns);
  const found = places.place(candidates, line, crossingsMax(arrow.flight));
  if (found !== undefined) arrow.label = { text, size, box: found.box };
  placeReason(arrow, line, places);
}

/** Lifted by so much, a label that is longer than a lost packet's line passes its cross. */
const CLEAR_OF_CROSS = CROSS + 3;

/** Above the line and below it (the sign), by how much more than needed, and how much less that is liked. */
const SIDES: readonly (readonly [number, number, number])[] = [
  [1, 0, 0],
  [1, CLEAR_OF_CROSS, 1.2],
  [-1, 0, 1.4],
  [-1, CLEAR_OF_CROSS, 2.4],
];

/** Places along the arrow, above and below it, in each of the columns that it passes. */
function arrowCandidates(arrow: Arrow, text: string, size: number, columns: readonly number[]): Candidate[] {
  const { from, to } = arrow;
  const length = Math.sqrt((to.x - from.x) * (to.x - from.x) + (to.y - from.y) * (to.y - from.y));
  if (length === 0) return [];
  const forward = to.x >= from.x ? 1 : -1;
  const slopeX = (forward * (to.x - from.x)) / length;
  const slopeY = (forward * (to.y - from.y)) / length;
  const steep = Math.abs(slopeY) > STEEP;
  const halfWidth = textWidth(text, size) / 2;
  const halfHeight = (size * LINE) / 2;
  const candidates: Candidate[] = [];
  const spans = columnSpans(from.x, arrow.flight.outcome === "received" ? to.x : to.x + forward, columns);
  spans.forEach(([near, far], index) => {
    const low = Math.min(near, far) + 8 + halfWidth;
    const high = Math.max(near, far) - 8 - halfWidth;
    const drawn =
      (Math.max(Math.min(from.x, to.x), Math.min(near, far)) +
        Math.min(Math.max(from.x, to.x), Math.max(near, far))) /
      2;
    const middle = low > high ? (low + high) / 2 : Math.min(high, Math.max(low, drawn));
    const ux = steep ? 1 : slopeX;
    const uy = steep ? 0 : slopeY;
    for (let step = 0; step <= 12; step++) {
      for (const sign of step === 0 ? [1] : [-forward, forward]) {
        const x = middle + sign * step * 8;
        if (step > 0 && (x < low || x > high)) continue;
        const y = from.y + ((x - from.x) * (to.y - from.y)) / (to.x - from.x || 1);
        for (const [side, lift, dislike] of SIDES) {
          const off = steep ? lift : side * (halfHeight + 1.5 + lift);
          candidates.push({
            box: { cx: x + uy * off, cy: y - ux * off, halfWidth, halfHeight, ux, uy },
            dislike: step * 0.2 + dislike + index * 0.4,
          });
        }
      }
    }
  });
  return candidates;
}

/** The columns between lifelines that lie between two abscissas, the first one first. */
function columnSpans(from: number, to: number, columns: readonly number[]): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  for (let index = 1; index < columns.length; index++) {
    const left = columns[index - 1] as number;
    const right = columns[index] as number;
    if (Math.max(from, to) > left + 0.5 && Math.min(from, to) < right - 0.5) spans.push([left, right]);
  }
  return to >= from ? spans : spans.reverse();
}

function placeReason(arrow: Arrow, line: Segment, places: LabelPlaces): void {
  const { flight, to, from } = arrow;
  if (flight.cause === undefined || flight.cause === "loss") return;
  const text = CAUSES[flight.cause];
  const width = textWidth(text, SIZE.small);
  const height = SIZE.small * LINE;
  const ahead = to.x >= from.x ? CROSS + 4 : -CROSS - 4 - width;
  const behind = to.x >= from.x ? -CROSS - 4 - width : CROSS + 4;
  const candidates: Candidate[] = [
    { box: uprightBox(to.x + ahead, to.y - height / 2, width, height), dislike: 0 },
    { box: uprightBox(to.x - width / 2, to.y + CROSS + 2, width, height), dislike: 0.6 },
    { box: uprightBox(to.x + behind, to.y + 3, width, height), dislike: 0.8 },
    { box: uprightBox(to.x - width / 2, to.y - CROSS - 2 - height, width, height), dislike: 1 },
  ];
  const inside = flight.cause === "node-down" || flight.cause === "no-listener";
  const found = places.place(inside ? candidates.slice(1) : candidates, line);
  if (found !== undefined) arrow.reason = { text, size: SIZE.small, box: found.box };
}
