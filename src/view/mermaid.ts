/** The same story as text that wikis turn into a picture (Mermaid's sequenceDiagram). */
import type { TraceEvent } from "../trace/index.js";
import { formatDuration, formatInstant } from "./format.js";
import { orderLifelines } from "./lifeline-order.js";
import type { Flight, Level, LinkSpan, NodeSpan, Story } from "./story.js";
import { readStory } from "./story-reader.js";

export interface MermaidOptions {
  /** As for `sequenceDiagram`. */
  readonly level?: Level;
  /** Names of nodes from left to right; others follow. */
  readonly lifelines?: readonly string[];
}

interface Line {
  readonly at: number;
  readonly order: number;
  readonly text: string;
}

/** Idle time from which on a note says how long nothing happened. */
const IDLE_NOTED = 200_000_000;

/**
 * The events as a Mermaid sequence diagram: packets in the order in which they were sent, lost ones ending in
 * a cross, those sent again dashed, segments under the frames that they carry in brackets; everything else as
 * notes.
 */
export function mermaid(events: readonly TraceEvent[], options: MermaidOptions = {}): string {
  const story = readStory(events, options.level ?? "packets");
  const names = orderLifelines(story, options.lifelines);
  const ids = new Map(names.map((name, index) => [name, `n${index}`]));
  const id = (name: string): string => ids.get(name) ?? "n0";
  const lines: Line[] = [
    ...story.flights.map((flight) => flightLine(flight, id)),
    ...story.marks.map(({ at, order, node, text }) => noteOver(at, order, id(node), text)),
    ...story.nodeSpans.flatMap((span) => nodeLines(span, id)),
    ...story.linkSpans.flatMap((span) => linkLines(span, id)),
  ].sort((a, b) => a.at - b.at || a.order - b.order);
  const participants = names.map((name) => `  participant ${id(name)} as ${plain(name)}`);
  return ["sequenceDiagram", ...participants, ...withIdleTime(lines, story, id), ""].join("\n");
}

function flightLine(flight: Flight, id: (name: string) => string): Line {
  const line = flight.again || flight.copy ? "--" : "-";
  const head = flight.outcome === "received" ? ">>" : flight.outcome === "lost" ? "x" : ")";
  const label = flight.segment === undefined ? flight.label : `[${flight.label}]`;
  const mark = flight.copy ? " (duplicated by the network)" : flight.again ? " (again)" : "";
  const lost =
    flight.outcome === "lost" ? ` (lost${flight.cause === "loss" ? "" : `: ${flight.cause}`})` : "";
  return {
    at: flight.sentAt,
    order: flight.sentOrder,
    text: `  ${id(flight.from)}${line}${head}${id(flight.to)}: ${plain(label + mark + lost)}`,
  };
}

function noteOver(at: number, order: number, over: string, text: string): Line {
  return { at, order, text: `  Note over ${over}: ${plain(text)}` };
}

const BEGINNINGS = {
  crashed: "crashes",
  stopped: "stops",
  "power-lost": "loses power",
  paused: "is paused",
} as const;

function nodeLines(span: NodeSpan, id: (name: string) => string): Line[] {
  const began = BEGINNINGS[span.kind];
  const ended = span.kind === "paused" ? "resumes" : "restarts";
  const lines = [noteOver(span.from, span.fromOrder, id(span.node), began)];
  if (span.until !== undefined) lines.push(noteOver(span.until, span.untilOrder, id(span.node), ended));
  return lines;
}

function linkLines(span: LinkSpan, id: (name: string) => string): Line[] {
  const over = `${id(span.from)},${id(span.to)}`;
  const way = span.bothWays ? "" : `: ${span.from} → ${span.to}`;
  const [began, ended] = span.kind === "cut" ? ["link cut", "link mended"] : ["link held", "link released"];
  const lines = [noteOver(span.since, span.sinceOrder, over, began + way)];
  if (span.until !== undefined) lines.push(noteOver(span.until, span.untilOrder, over, ended + way));
  return lines;
}

/** Says where the time is: at the beginning, and after every long silence. */
function withIdleTime(lines: readonly Line[], story: Story, id: (name: string) => string): string[] {
  const first = story.nodes[0];
  if (first === undefined) return lines.map((line) => line.text);
  const texts: string[] = [];
  let last = -Infinity;
  for (const { at, text } of lines) {
    if (at - last >= IDLE_NOTED) {
      const later = last < 0 ? "" : `${formatDuration(at - last)} later: `;
      texts.push(`  Note over ${id(first)}: ${later}${formatInstant(at)}`);
    }
    texts.push(text);
    last = at;
  }
  return texts;
}

/** Text that Mermaid takes as it is: its own signs as character codes, on one line. */
function plain(text: string): string {
  return text
    .replace(/[\u0000-\u001F\u2028\u2029]+/g, " ")
    .replace(/[#;<>{}"`&%:]/g, (sign) => `#${sign.codePointAt(0) ?? 35};`)
    .trim();
}
