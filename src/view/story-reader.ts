/** Reads a trace event by event and puts together what belongs together. */
import type { Instant } from "../kernel/index.js";
import type { CloseReason, LogTraceEvent, TraceEvent } from "../trace/index.js";
import { ConnectionEnds } from "./connection-ends.js";
import { FrameFlights } from "./frame-flights.js";
import { endFlight, packetFlight } from "./packet-flight.js";
import { SegmentReader } from "./segment-traits.js";
import type { Flight, Level, LinkSpan, Mark, MarkKind, NodeSpan, Story } from "./story.js";

/** Reads a trace. */
export function readStory(events: readonly TraceEvent[], level: Level): Story {
  const reader = new StoryReader(level, level === "protocol" ? framedPairs(events) : NONE, namingOf(events));
  events.forEach((event, order) => {
    reader.read(event, order);
  });
  return reader.story();
}

const NONE: ReadonlySet<string> = new Set();

/** Directed pairs of nodes between which frames were traced. */
function framedPairs(events: readonly TraceEvent[]): ReadonlySet<string> {
  const pairs = new Set<string>();
  for (const event of events) {
    if (event.type !== "frame-sent" && event.type !== "frame-received") continue;
    pairs.add(`${event.node}>${event.peer}`);
    pairs.add(`${event.peer}>${event.node}`);
  }
  return pairs;
}

/** What it takes to tell the messages of a trace apart, beside their numbers. */
interface Naming {
  readonly topic: boolean;
  readonly qos: boolean;
}

function namingOf(events: readonly TraceEvent[]): Naming {
  const topics = new Set<string>();
  const qualities = new Set<number>();
  for (const event of events) {
    if (event.type !== "published" && event.type !== "delivered") continue;
    topics.add(event.topic);
    qualities.add(event.qos);
  }
  return { topic: topics.size > 1, qos: qualities.size > 1 };
}

type NodeEvent = Extract<
  TraceEvent,
  {
    type:
      "node-crashed" | "node-stopped" | "node-lost-power" | "node-paused" | "node-restarted" | "node-resumed";
  }
>;

const SPAN_KIND = {
  "node-crashed": "crashed",
  "node-stopped": "stopped",
  "node-lost-power": "power-lost",
  "node-paused": "paused",
} as const;

const CLOSED: Readonly<Record<CloseReason, string>> = {
  closed: "closed",
  "peer-closed": "closed by peer",
  reset: "connection reset",
  timeout: "connection timed out",
  refused: "connection refused",
};

class StoryReader {
  readonly #level: Level;
  /** Directed pairs of nodes whose packets are not told. */
  readonly #hidden: ReadonlySet<string>;
  readonly #naming: Naming;
  readonly #nodes = new Set<string>();
  readonly #flights: Flight[] = [];
  readonly #packets = new Map<number, Flight>();
  readonly #frames = new FrameFlights();
  readonly #segments = new SegmentReader();
  readonly #ends = new ConnectionEnds();
  readonly #marks: Mark[] = [];
  readonly #nodeSpans: NodeSpan[] = [];
  readonly #linkSpans: LinkSpan[] = [];

  constructor(level: Level, hidden: ReadonlySet<string>, naming: Naming) {
    this.#level = level;
    this.#hidden = hidden;
    this.#naming = naming;
  }

  read(event: TraceEvent, order: number): void {
    switch (event.type) {
      case "packet-sent":
      case "packet-lost":
      case "packet-received":
        this.#packet(event, order);
        break;
      case "frame-sent":
      case "frame-received":
        if (this.#level !== "packets") this.#frame(event, order);
        break;
      case "connection-opened":
        this.#mark(event.at, order, event.node, "connected", `connected to ${event.peer}`);
        break;
      case "connection-closed":
        this.#mark(event.at, order, event.node, "disconnected", CLOSED[event.reason]);
        this.#frames.connectionClosed(event, order);
        this.#ends.connectionClosed(event, order);
        break;
      case "congestion":
        this.#ends.changed(event, order);
        break;
      case "timer-fired":
        this.#mark(event.at, order, event.node, "timer", event.timer);
        this.#segments.timerFired(event);
        break;
      case "note":
        this.#mark(event.at, order, event.node, "note", event.text);
        break;
      case "congestion":
        break; // a curve, not a moment of the story
      case "published":
      case "acknowledged":
      case "failed":
      case "delivered":
        this.#application(event, order);
        break;
      case "node-crashed":
      case "node-stopped":
      case "node-lost-power":
      case "node-paused":
      case "node-restarted":
      case "node-resumed":
        this.#nodeState(event, order);
        break;
      case "node-lost-disk":
        this.#nodes.add(event.node);
        break;
      case "link-cut":
      case "link-mended":
      case "link-held":
      case "link-released":
        this.#linkState(event, order);
        break;
      default:
        this.#log(event, order);
    }
  }

  /** Of a log, what the messages do not tell. */
  #log(event: LogTraceEvent, order: number): void {
    const { type, at, node, partition, detail } = event;
    if (type === "stored" || type === "polled" || type === "positioned" || type === "committed") return;
    const words = [type.replace("-", " "), partition, detail ?? ""].filter((word) => word !== "");
    this.#mark(at, order, node, "note", words.join(" "));
  }

  story(): Story {
    return {
      nodes: [...this.#nodes],
      flights: this.#flights,
      marks: this.#marks,
      nodeSpans: this.#nodeSpans,
      linkSpans: joinBothWays(this.#linkSpans),
      ends: this.#level === "segments" ? this.#ends.all() : [],
    };
  }

  #packet(
    event: Extract<TraceEvent, { type: "packet-sent" | "packet-lost" | "packet-received" }>,
    order: number,
  ): void {
    if (event.type === "packet-sent") {
      if (this.#hidden.has(`${event.from}>${event.to}`)) return;
      const segment = this.#level === "segments" ? this.#segments.sent(event) : undefined;
      const flight = packetFlight(event, order, segment);
      this.#packets.set(event.packet, flight);
      this.#begin(flight);
      return;
    }
    const flight = this.#packets.get(event.packet);
    if (flight === undefined) return;
    if (event.type === "packet-lost") return endFlight(flight, "lost", event.at, order, event.cause);
    endFlight(flight, "received", event.at, order, undefined);
    this.#frames.carrierReceived(flight.from, flight.to, event.at, order);
  }

  #frame(event: Extract<TraceEvent, { type: "frame-sent" | "frame-received" }>, order: number): void {
    if (event.type === "frame-received") this.#frames.received(event, order);
    else this.#begin(this.#frames.sent(event, order, this.#flights.length));
  }

  #begin(flight: Flight): void {
    this.#nodes.add(flight.from).add(flight.to);
    this.#flights.push(flight);
  }

  #mark(at: Instant, order: number, node: string, kind: MarkKind, text: string): void {
    this.#nodes.add(node);
    this.#marks.push({ at, order, node, kind, text });
  }

  #application(
    event: Extract<TraceEvent, { type: "published" | "acknowledged" | "failed" | "delivered" }>,
    order: number,
  ): void {
    const again = event.type === "delivered" && event.again;
    const kind = again ? "delivered-again" : event.type;
    const verb = again ? "delivered again" : event.type;
    const number = event.message.slice(event.message.lastIndexOf("#"));
    const topic = this.#naming.topic ? `${event.topic} ` : "";
    const quality = this.#naming.qos ? `q${event.qos} ` : "";
    this.#mark(event.at, order, event.node, kind, `${verb} ${topic}${quality}${number}`);
  }

  #nodeState(event: NodeEvent, order: number): void {
    this.#nodes.add(event.node);
    for (const span of this.#nodeSpans) {
      if (span.node !== event.node || span.until !== undefined) continue;
      if (event.type === "node-paused" || (span.kind === "paused") === (event.type === "node-restarted"))
        continue;
      span.until = event.at;
      span.untilOrder = order;
    }
    if (event.type === "node-restarted" || event.type === "node-resumed") return;
    this.#nodeSpans.push({
      kind: SPAN_KIND[event.type],
      node: event.node,
      from: event.at,
      fromOrder: order,
      until: undefined,
      untilOrder: order,
    });
  }

  #linkState(
    event: Extract<TraceEvent, { type: "link-cut" | "link-mended" | "link-held" | "link-released" }>,
    order: number,
  ): void {
    const kind = event.type === "link-cut" || event.type === "link-mended" ? "cut" : "held";
    const open = this.#linkSpans.find(
      (span) =>
        span.kind === kind && span.from === event.from && span.to === event.to && span.until === undefined,
    );
    if (event.type === "link-mended" || event.type === "link-released") {
      if (open === undefined) return;
      open.until = event.at;
      open.untilOrder = order;
    } else if (open === undefined) {
      this.#nodes.add(event.from).add(event.to);
      this.#linkSpans.push({
        kind,
        from: event.from,
        to: event.to,
        bothWays: false,
        since: event.at,
        sinceOrder: order,
        until: undefined,
        untilOrder: order,
      });
    }
  }
}

/** Two cuts of the same span of time, one each way, are one cut both ways. */
function joinBothWays(spans: readonly LinkSpan[]): LinkSpan[] {
  const joined: LinkSpan[] = [];
  for (const span of spans) {
    const twin = joined.find(
      (other) =>
        other.kind === span.kind &&
        other.from === span.to &&
        other.to === span.from &&
        other.since === span.since &&
        other.until === span.until,
    );
    if (twin === undefined) joined.push(span);
    else twin.bothWays = true;
  }
  return joined;
}
