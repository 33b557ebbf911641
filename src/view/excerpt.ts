/** A part of a story that can still be looked at: a span of time, a number of packets. */
import type { Instant } from "../kernel/index.js";
import type { LinkSpan, NodeSpan, Story } from "./story.js";

export interface ExcerptOptions {
  readonly from: Instant;
  readonly until: Instant;
  readonly packetsMax: number;
}

/** The excerpt, and a sentence that says what was left out ("" if nothing was for want of room). */
export function excerpt(story: Story, options: ExcerptOptions): { story: Story; note: string } {
  const inTime = story.flights.filter(
    (flight) => flight.sentAt >= options.from && flight.sentAt <= options.until,
  );
  const tooMany = inTime.length > options.packetsMax;
  const flights = tooMany ? inTime.slice(0, options.packetsMax) : inTime;
  const until = tooMany ? (inTime[options.packetsMax]?.sentAt ?? options.until) : options.until;
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
    },
    note: tooMany ? `The first ${options.packetsMax} of ${inTime.length} packets.` : "",
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
