/** Where everything of a sequence diagram stands: from a story to points on the page. */
import type { Instant } from "../kernel/index.js";
import { labelSize, placeLabels } from "./sequence-labels.js";
import type { ConnectionEnd, Flight, Mark, NodeSpan, Story } from "./story.js";
import { fitText, textWidth } from "./text-width.js";
import { SIZE } from "./theme.js";
import { layOutTime, type TimedItem, type TimeLayout, type TimeScale } from "./time-layout.js";
import type {
  Arrow,
  Band,
  Lifeline,
  PlacedEnd,
  PlacedMark,
  PlacedNodeSpan,
  StateMark,
} from "./sequence-parts.js";

export interface SequenceLayout {
  readonly width: number;
  readonly axisX: number;
  readonly top: number;
  readonly bottom: number;
  readonly lifelines: readonly Lifeline[];
  readonly arrows: readonly Arrow[];
  readonly marks: readonly PlacedMark[];
  readonly nodeSpans: readonly PlacedNodeSpan[];
  readonly bands: readonly Band[];
  readonly time: TimeLayout;
  readonly ends: readonly PlacedEnd[];
  /** Labels for which there was no room. */
  readonly labelsLeftOut: number;
}

export const MARGIN = 24;
export const HEAD_HEIGHT = 30;
const AXIS_WIDTH = 60;
const WIDTH_MIN = 440;
const NOTE_MAX = 190;
/** How far a lost packet gets, and one that finds nobody at the other end. */
const LOST_SHARE = 0.62;
const UNMET_SHARE = 0.93;

/** Lays a story out below `top`, its nodes from left to right as they are named. */
export function layOutSequence(story: Story, names: readonly string[], top: number): SequenceLayout {
  const marks = [...story.marks, ...story.nodeSpans.flatMap(stateMarks)];
  const { lifelines, width, axisX, labelMax } = layOutColumns(story, marks, names);
  const lifelineOf = new Map(names.map((name, index) => [name, lifelines[index] as Lifeline]));
  const x = (name: string): number => lifelineOf.get(name)?.x ?? 0;
  const crowded = story.flights.length > 100;
  const items = timeItems(story, marks, crowded);
  const start = top + HEAD_HEIGHT + 16;
  const time = layOutTime(items.all, timeScale(story), start);
  const bottom = Math.max(time.bottom, start + 20) + 18;

  const arrows = story.flights.map((flight, index): Arrow => {
    const ends = items.flights[index] as FlightItems;
    const share = flight.outcome === "received" ? 1 : shareOf(flight);
    const from = { x: x(flight.from), y: ends.sent.y };
    const to = { x: from.x + (x(flight.to) - from.x) * share, y: ends.ended.y };
    return { flight, from, to, label: undefined, reason: undefined };
  });
  const placedMarks = marks.map((mark, index): PlacedMark => {
    const lifeline = lifelineOf.get(mark.node) as Lifeline;
    const y = (items.marks[index] as TimedItem).y;
    return { mark, lifeline, y, side: lifeline.side, label: undefined };
  });
  const nodeSpans = story.nodeSpans.map((span, index): PlacedNodeSpan => {
    const ends = items.nodeSpans[index] as SpanItems;
    return { span, x: x(span.node), top: ends.first.y, bottom: ends.last?.y ?? bottom };
  });
  const bands = story.linkSpans.map((span, index): Band => {
    const ends = items.linkSpans[index] as SpanItems;
    const left = Math.min(x(span.from), x(span.to)) + 7;
    const right = Math.max(x(span.from), x(span.to)) - 7;
    return { span, left, right, top: ends.first.y, bottom: ends.last?.y ?? bottom, label: undefined };
  });
  const labelsLeftOut = placeLabels({ lifelines, arrows, marks: placedMarks, nodeSpans, bands }, labelMax);
  return {
    width,
    axisX,
    top,
    bottom,
    lifelines,
    arrows,
    marks: placedMarks,
    nodeSpans,
    bands,
    time,
    ends: placeEnds(story.ends, items, names),
    labelsLeftOut,
  };
}

/** In the order in which their nodes stand. */
function placeEnds(ends: readonly ConnectionEnd[], items: Items, names: readonly string[]): PlacedEnd[] {
  const told = [
    ...items.flights.map(({ sent }) => sent.y),
    ...items.marks.map(({ y }) => y),
    ...items.ends.flatMap(({ samples }) => samples.map(({ y }) => y)),
  ];
  const last = Math.max(0, ...told);
  const place = ({ end }: PlacedEnd): number =>
    names.length * Math.min(names.indexOf(end.node), names.indexOf(end.peer)) + names.indexOf(end.node);
  return ends
    .map((end, index): PlacedEnd => {
      const { samples, closed } = items.ends[index] as EndItems;
      return { end, heights: samples.map(({ y }) => y), bottom: closed?.y ?? last };
    })
    .sort((a, b) => place(a) - place(b));
}

function shareOf(flight: Flight): number {
  return flight.cause === "node-down" || flight.cause === "no-listener" ? UNMET_SHARE : LOST_SHARE;
}

function stateMarks(span: NodeSpan): StateMark[] {
  const began = span.kind === "power-lost" ? "power lost" : span.kind;
  const ended = span.kind === "paused" ? "resumed" : "restarted";
  const marks: StateMark[] = [
    { at: span.from, order: span.fromOrder, node: span.node, kind: "state", text: began },
  ];
  if (span.until !== undefined) {
    marks.push({ at: span.until, order: span.untilOrder, node: span.node, kind: "state", text: ended });
  }
  return marks;
}

interface Columns {
  readonly lifelines: readonly Lifeline[];
  readonly width: number;
  readonly axisX: number;
  readonly labelMax: number;
}

function layOutColumns(
  story: Story,
  marks: readonly (Mark | StateMark)[],
  names: readonly string[],
): Columns {
  const widest = Math.max(
    0,
    ...story.flights.map((flight) => textWidth(flight.label, labelSize(flight))),
    ...names.map((name) => textWidth(name, SIZE.head, true)),
  );
  const gap = Math.min(Math.max(widest + 60, names.length > 4 ? 175 : 210), names.length > 4 ? 230 : 300);
  const sideOf = (index: number): -1 | 1 => (index === 0 && names.length > 1 ? -1 : 1);
  const gutter = (index: number): number => {
    const own = marks.filter((mark) => mark.node === names[index]);
    const text = Math.max(0, ...own.map((mark) => Math.min(NOTE_MAX, textWidth(mark.text, SIZE.label))));
    const head = Math.min(gap - 16, textWidth(names[index] ?? "", SIZE.head, true) + 24) / 2;
    return Math.max(head, own.length > 0 ? text + 24 : 0);
  };
  const axisX = MARGIN + AXIS_WIDTH;
  const firstX = axisX + 16 + (names.length > 1 ? gutter(0) : 60);
  const lastX = firstX + gap * Math.max(0, names.length - 1);
  const width = Math.max(WIDTH_MIN, lastX + gutter(names.length - 1) + MARGIN);
  const slack = (width - (lastX + gutter(names.length - 1) + MARGIN)) / 2;
  const lifelines = names.map((name, index): Lifeline => ({
    name: fitText(name, SIZE.head, gap - 40, true),
    x: firstX + slack + gap * index,
    side: sideOf(index),
    inner: index > 0 && index < names.length - 1,
  }));
  return { lifelines, width, axisX, labelMax: gap - 30 };
}

interface FlightItems {
  readonly sent: TimedItem;
  readonly ended: TimedItem;
}

interface SpanItems {
  readonly first: TimedItem;
  readonly last: TimedItem | undefined;
}

interface EndItems {
  readonly samples: readonly TimedItem[];
  readonly closed: TimedItem | undefined;
}

interface Items {
  readonly all: TimedItem[];
  readonly flights: readonly FlightItems[];
  readonly marks: readonly TimedItem[];
  readonly nodeSpans: readonly SpanItems[];
  readonly linkSpans: readonly SpanItems[];
  readonly ends: readonly EndItems[];
}

const LABEL_ROOM = 15;
const SEGMENT_ROOM = 13;
const BARE_ROOM = 8;
const MARK_ROOM = 14;
const SPAN_ROOM = 26;

function timeItems(story: Story, marks: readonly (Mark | StateMark)[], crowded: boolean): Items {
  const all: TimedItem[] = [];
  const item = (at: Instant, order: number, ...claims: TimedItem["claims"]): TimedItem => {
    const made = { at, order, claims, y: 0 };
    all.push(made);
    return made;
  };
  const typical = typicalFlights(story.flights);
  const flights = story.flights.map((flight): FlightItems => {
    const room = roomOf(flight) - (crowded ? 2 : 0);
    const end = drawnEnd(flight, typical);
    return {
      sent: item(flight.sentAt, flight.sentOrder, {
        lane: `sent ${flight.from} ${flight.to}`,
        room,
      }),
      ended: item(end.at, end.order, { lane: `ended ${flight.from} ${flight.to}`, room: room - 2 }),
    };
  });
  const markItems = marks.map((mark) =>
    item(mark.at, mark.order, { lane: `mark ${mark.node}`, room: MARK_ROOM }),
  );
  const nodeSpans = story.nodeSpans.map((span): SpanItems => ({
    first: item(span.from, span.fromOrder, { lane: `span ${span.node}`, room: 0 }),
    last:
      span.until === undefined
        ? undefined
        : item(span.until, span.untilOrder, { lane: `span ${span.node}`, room: SPAN_ROOM }),
  }));
  const linkSpans = story.linkSpans.map((span): SpanItems => {
    const lane = `band ${span.from} ${span.to}`;
    const last =
      span.until === undefined ? undefined : item(span.until, span.untilOrder, { lane, room: SPAN_ROOM });
    return { first: item(span.since, span.sinceOrder, { lane, room: 4 }), last };
  });
  const ends = story.ends.map(({ samples, closed }): EndItems => ({
    samples: samples.map(({ at, order }) => item(at, order)),
    closed: closed === undefined ? undefined : item(closed.at, closed.order),
  }));
  return { all, flights, marks: markItems, nodeSpans, linkSpans, ends };
}

function roomOf({ segment, bare }: Flight): number {
  if (segment !== undefined) return SEGMENT_ROOM;
  return bare ? BARE_ROOM : LABEL_ROOM;
}

/** Late among the items of its instant: an end that is drawn, not traced. */
const AFTER_ALL = 1e12;

/**
 * A packet that is lost where it was sent is drawn as far as it would have got in that share of the usual
 * time, and so is one that is still on its way.
 */
function drawnEnd(
  flight: Flight,
  typical: (flight: Flight) => number,
): { readonly at: Instant; readonly order: number } {
  if (flight.outcome === "received") return { at: flight.endedAt ?? flight.sentAt, order: flight.endOrder };
  const assumed = flight.sentAt + Math.round(typical(flight) * shareOf(flight));
  if (flight.endedAt !== undefined && flight.endedAt > flight.sentAt) {
    const near = flight.endedAt - flight.sentAt;
    if (near > typical(flight) * 0.3) return { at: flight.endedAt, order: flight.endOrder };
  }
  return { at: assumed, order: AFTER_ALL + flight.sentOrder };
}

/** The median duration of what arrived from the same node at the same node; of all, if none did. */
function typicalFlights(flights: readonly Flight[]): (flight: Flight) => number {
  const durations = new Map<string, number[]>();
  const all: number[] = [];
  for (const flight of flights) {
    if (flight.outcome !== "received" || flight.endedAt === undefined) continue;
    const pair = `${flight.from}>${flight.to}`;
    const own = durations.get(pair) ?? [];
    own.push(flight.endedAt - flight.sentAt);
    durations.set(pair, own);
    all.push(flight.endedAt - flight.sentAt);
  }
  const overall = quantile(all, 0.5) ?? 0;
  const medians = new Map([...durations].map(([pair, own]) => [pair, quantile(own, 0.5) ?? overall]));
  return (flight) => medians.get(`${flight.from}>${flight.to}`) ?? overall;
}

function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Chooses the scale so that a usual packet slants by a few degrees. */
function timeScale(story: Story): TimeScale {
  const count = story.flights.length;
  const slant = count <= 20 ? 38 : count <= 60 ? 32 : 26;
  const segments = story.flights.filter((flight) => flight.segment !== undefined);
  const durations = (segments.length > 0 ? segments : story.flights)
    .filter((flight) => flight.endedAt !== undefined && flight.endedAt > flight.sentAt)
    .map((flight) => (flight.endedAt ?? 0) - flight.sentAt);
  const usual = quantile(durations, 0.6) ?? usualGap(story);
  return { perNanosecond: slant / usual, gapMax: Math.max(90, slant * 2.6), breakHeight: 38 };
}

function usualGap(story: Story): number {
  const instants = [...story.flights.map((flight) => flight.sentAt), ...story.marks.map((mark) => mark.at)];
  instants.sort((a, b) => a - b);
  const gaps = instants.map((at, index) => at - (instants[index - 1] ?? at)).filter((gap) => gap > 0);
  return quantile(gaps, 0.5) ?? 1;
}
