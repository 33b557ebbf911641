/** A part of a story that can still be looked at: a span of time, a number of packets. */
import type { Instant } from "../kernel/index.js";
import type { ConnectionEnd, Flight, LinkSpan, NodeSpan, Story } from "./story.js";

export interface ExcerptOptions {
  readonly from: Instant;
  readonly until: Instant;
  /** Of packets that links carry; where segments stand under frames, frames are not counted. */
  readonly packetsMax: number;
}

/** The excerpt, and a sentence that says what was left out ("" if nothing was for want of room). */
export function excerpt(story: Story, options: ExcerptOptions): { story: Story; note: string } {
  const inTime = story.flights.filter(
    (flight) => flight.sentAt >= options.from && flight.sentAt <= options.until,
  );
  const counted = inTime.filter((flight) => !flight.frame);
  const packets = counted.some((flight) => flight.segment !== undefined) ? counted : inTime;
  const firstLeftOut = packets[options.packetsMax];
  const lastShown =
    firstLeftOut === undefined
      ? inTime.length
      : 1 + inTime.indexOf(packets[options.packetsMax - 1] as Flight);
  const flights = inTime.slice(0, lastShown);
  const until = firstLeftOut?.sentAt ?? options.until;
  const within = { from: options.from, until };
  return {
    story: {
      nodes: story.nodes,
      flights,
      marks: story.marks.filter((mark) => mark.at >= within.from && mark.at <= within.until),
      nodeSpans: story.nodeSpans
        .filter((span) => during(span.from, span.until, within))
        .map((span) => clipNode(span, within)),
      linkSpans: story.linkSpans
        .filter((span) => during(span.since, span.until, within))
        .map((span) => clipLink(span, within)),
      ends: sendingEnds(story.ends, flights).map((end) =>
        clipEnd(end, { ...within, from: flights[0]?.sentAt ?? 0 }, firstLeftOut?.sentOrder ?? Infinity),
      ),
    },
    note: firstLeftOut === undefined ? "" : `The first ${options.packetsMax} of ${packets.length} packets.`,
  };
}

interface Window {
  readonly from: Instant;
  readonly until: Instant;
}

function during(begin: Instant, end: Instant | undefined, window: Window): boolean {
  return begin <= window.until && (end ?? Infinity) >= window.from;
}

function clipNode(span: NodeSpan, window: Window): NodeSpan {
  const until = span.until !== undefined && span.until > window.until ? undefined : span.until;
  return { ...span, from: Math.max(span.from, window.from), until };
}

function clipLink(span: LinkSpan, window: Window): LinkSpan {
  const until = span.until !== undefined && span.until > window.until ? undefined : span.until;
  return { ...span, since: Math.max(span.since, window.from), until };
}

/** The ends of connections that send data among these flights. */
function sendingEnds(ends: readonly ConnectionEnd[], flights: readonly Flight[]): ConnectionEnd[] {
  const sending = new Set<string>();
  for (const { from, to, segment } of flights) {
    if (segment !== undefined && segment.length > 0) sending.add(`${from}>${to}#${segment.connection}`);
  }
  return ends.filter(({ node, peer, connection }) => sending.has(`${node}>${peer}#${connection}`));
}

/** What was so before the window is so at its beginning. Nothing is told from `endOrder` in the trace on. */
function clipEnd(end: ConnectionEnd, window: Window, endOrder: number): ConnectionEnd {
  const { samples, closed } = end;
  const first = samples.findIndex((sample) => sample.at >= window.from);
  const before = samples[(first < 0 ? samples.length : first) - 1];
  const inside = samples.filter(
    (sample) => sample.at >= window.from && sample.at <= window.until && sample.order < endOrder,
  );
  const stillOpen = closed === undefined || closed.at > window.until || closed.order >= endOrder;
  return {
    ...end,
    samples: before === undefined ? inside : [{ ...before, at: window.from }, ...inside],
    closed: stillOpen ? undefined : closed,
  };
}
