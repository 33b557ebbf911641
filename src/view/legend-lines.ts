/** What the lines of a sequence diagram mean: only those that occur. */
import { CROSS } from "./sequence-labels.js";
import { lineStyle, type LineTraits } from "./sequence-lines.js";
import { arrowHead, bar, beads, crossSymbol } from "./sequence-symbols.js";
import type { Flight, SegmentTraits } from "./story.js";
import { element, pathData } from "./svg.js";
import { COLOR } from "./theme.js";

/** A line of a legend. */
export interface Entry {
  readonly text: string;
  readonly sampleWidth: number;
  /** Draws the sample from `x`, centred on `y`. */
  readonly sample: (x: number, y: number) => string;
}

const PLAIN: LineTraits = { bare: false, again: false, copy: false, frame: false, segment: undefined };
const DATA: SegmentTraits = { kind: "data", connection: 0, length: 1, blocks: 0, probe: false };

/** Packets, segments, and what becomes of them. */
export function lineEntries(flights: readonly Flight[]): Entry[] {
  const packets = flights.filter((flight) => flight.segment === undefined);
  const segments = flights.filter((flight) => flight.segment !== undefined);
  const entries: Entry[] = [];
  const add = (occurs: boolean, text: string, traits: Partial<LineTraits>): void => {
    if (occurs) entries.push(line(text, { ...PLAIN, ...traits }));
  };
  const under = segments.length > 0;
  add(under && packets.some((each) => each.frame), "what the protocol says", { frame: true });
  const message = under ? "protocol: sent again" : "sent again";
  add(
    packets.some((each) => each.again && !each.copy),
    message,
    { again: true },
  );
  add(
    flights.some((each) => each.copy),
    "duplicated by the network",
    { copy: true },
  );
  add(
    packets.some((each) => each.bare && !each.again),
    "acknowledgement only",
    { bare: true },
  );
  entries.push(...segmentEntries(segments));
  return [...entries, ...endEntries(flights)];
}

interface SegmentEntry {
  readonly text: string;
  readonly looks: Partial<SegmentTraits>;
  readonly again?: true;
  readonly stands: (traits: SegmentTraits, again: boolean) => boolean;
}

const SEGMENTS: readonly SegmentEntry[] = [
  {
    text: "segment with SYN or FIN",
    looks: { kind: "syn" },
    stands: ({ kind }) => kind === "syn" || kind === "fin",
  },
  { text: "reset", looks: { kind: "rst" }, stands: ({ kind }) => kind === "rst" },
  {
    text: "segment (seq 1:65 carries bytes 1 to 64)",
    looks: { kind: "data" },
    stands: ({ kind, probe }, again) => kind === "data" && !probe && !again,
  },
  {
    text: "acknowledgement only (ack 65: 65 is expected next)",
    looks: { kind: "acknowledgement" },
    stands: ({ kind, blocks, probe }) => kind === "acknowledgement" && blocks === 0 && !probe,
  },
  {
    text: "selective acknowledgement (a square for each range)",
    looks: { kind: "acknowledgement", blocks: 2 },
    stands: ({ blocks }) => blocks > 0,
  },
  { text: "retransmission", looks: {}, again: true, stands: ({ probe }, again) => again && !probe },
  { text: "probe", looks: { probe: true }, stands: ({ probe }, again) => probe && !again },
  {
    text: "probe with old data",
    looks: { probe: true },
    again: true,
    stands: ({ probe }, again) => probe && again,
  },
];

function segmentEntries(segments: readonly Flight[]): Entry[] {
  return SEGMENTS.filter(({ stands }) =>
    segments.some(({ segment, again }) => segment !== undefined && stands(segment, again)),
  ).map(({ text, looks, again = false }) => {
    const bare = looks.kind === "acknowledgement";
    return line(text, { ...PLAIN, bare, again, segment: { ...DATA, ...looks } });
  });
}

function packetLine(from: number, to: number, y: number): string {
  const d = pathData("M", from, y, "H", to);
  return element("path", { d, stroke: COLOR.packet, "stroke-width": 1.4, fill: "none" });
}

function endEntries(flights: readonly Flight[]): Entry[] {
  const entries: Entry[] = [];
  if (flights.some((flight) => flight.outcome === "lost")) {
    entries.push({
      text: "lost",
      sampleWidth: 26,
      sample: (x, y) => packetLine(x, x + 19, y) + crossSymbol(x + 20, y, CROSS - 1),
    });
  }
  if (flights.some((flight) => flight.outcome === "in-flight")) {
    entries.push({
      text: "still on its way",
      sampleWidth: 26,
      sample: (x, y) =>
        packetLine(x, x + 20, y) +
        element("circle", { cx: x + 22.5, cy: y, r: 2.5, fill: COLOR.paper, stroke: COLOR.packet }),
    });
  }
  return entries;
}

function line(text: string, traits: LineTraits): Entry {
  const style = lineStyle(traits);
  return {
    text,
    sampleWidth: 28,
    sample: (x, y) =>
      element("line", {
        x1: x,
        y1: y,
        x2: x + 22,
        y2: y,
        stroke: style.color,
        "stroke-width": style.width,
        "stroke-dasharray": style.dash,
      }) +
      beads(x - 4, y, 1, 0, traits.segment?.blocks ?? 0) +
      (style.head === 0
        ? bar(x + 24, y, 1, 0, style.color)
        : arrowHead(x + 28, y, 1, 0, style.head, style.color)),
  };
}
