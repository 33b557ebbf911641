/** Reads a trace event by event and puts together what belongs together. */
import type { Instant } from "../kernel/index.js";
import type { CloseReason, ContentDescription, LossCause, TraceEvent } from "../trace/index.js";
import type { Flight, Level, LinkSpan, Mark, MarkKind, NodeSpan, Outcome, Story } from "./story.js";

/** Reads a trace. */
export function readStory(events: readonly TraceEvent[], level: Level): Story {
  const reader = new StoryReader(level === "protocol" ? framedPairs(events) : undefined, namingOf(events));
  events.forEach((event, order) => {
    reader.read(event, order);
  });
  return reader.story();
}

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

const CLOSED: Readonly<Record<CloseReason, string>> = {
  closed: "closed",
  "peer-closed": "closed by peer",
  reset: "connection reset",
  timeout: "connection timed out",
  refused: "connection refused",
};

class StoryReader {
  readonly #framed: ReadonlySet<string> | undefined;
  readonly #naming: Naming;
  readonly #nodes = new Set<string>();
  readonly #flights: Flight[] = [];
  readonly #packets = new Map<number, Flight>();
  /** Frames written and not yet read, by directed pair. */
  readonly #frames = new Map<string, Flight[]>();
  readonly #marks: Mark[] = [];
  readonly #nodeSpans: NodeSpan[] = [];
  readonly #linkSpans: LinkSpan[] = [];

  constructor(framed: ReadonlySet<string> | undefined, naming: Naming) {
    this.#framed = framed;
    this.#naming = naming;
  }

  read(event: TraceEvent, order: number): void {
    switch (event.type) {
      case "packet-sent":
        this.#packetSent(event, order);
        break;
      case "packet-lost":
        this.#end(this.#packets.get(event.packet), "lost", event.at, order, event.cause);
        break;
      case "packet-received":
        this.#end(this.#packets.get(event.packet), "received", event.at, order, undefined);
        break;
      case "frame-sent":
      case "frame-received":
        this.#frame(event, order);
        break;
      case "connection-opened":
        this.#mark(event.at, order, event.node, "connected", `connected to ${event.peer}`);
        break;
      case "connection-closed":
        this.#mark(event.at, order, event.node, "disconnected", CLOSED[event.reason]);
        this.#framesLost(event, order);
        break;
      case "timer-fired":
        this.#mark(event.at, order, event.node, "timer", event.timer);
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
      case "node-lost-power":
      case "node-paused":
      case "node-restarted":
      case "node-resumed":
        this.#nodeState(event, order);
        break;
      case "link-cut":
      case "link-mended":
      case "link-held":
      case "link-released":
        this.#linkState(event, order);
        break;
    }
  }

  story(): Story {
    return {
      nodes: [...this.#nodes],
      flights: this.#flights,
      marks: this.#marks,
      nodeSpans: this.#nodeSpans,
      linkSpans: joinBothWays(this.#linkSpans),
    };
  }

  #packetSent(event: Extract<TraceEvent, { type: "packet-sent" }>, order: number): void {
    if (this.#framed?.has(`${event.from}>${event.to}`) === true) return;
    const carried = event.contents.slice(1);
    const flight: Flight = {
      number: event.packet,
      from: event.from,
      to: event.to,
      bytes: event.bytes,
      label: packetLabel(event.contents),
      detail: event.contents.map(words).join(", "),
      again: event.contents.some((content) => content.again),
      copy: event.copyOf !== undefined,
      bare: carried.length === 0 && event.contents[0]?.name === "ACK",
      sentAt: event.at,
      sentOrder: order,
      outcome: "in-flight",
      cause: undefined,
      endedAt: undefined,
      endOrder: order,
    };
    this.#packets.set(event.packet, flight);
    this.#begin(flight);
  }

  #begin(flight: Flight): void {
    this.#nodes.add(flight.from).add(flight.to);
    this.#flights.push(flight);
  }

  #end(
    flight: Flight | undefined,
    outcome: Outcome,
    at: Instant,
    order: number,
    cause: LossCause | undefined,
  ): void {
    if (flight === undefined) return;
    flight.outcome = outcome;
    flight.cause = cause;
    flight.endedAt = at;
    flight.endOrder = order;
  }

  /** A stream keeps order: reading a frame proves that what was written before it is read or gone. */
  #frame(event: Extract<TraceEvent, { type: "frame-sent" | "frame-received" }>, order: number): void {
    if (this.#framed === undefined) return;
    if (event.type === "frame-sent") {
      const flight = frameFlight(event, order, this.#flights.length);
      pendingOf(this.#frames, `${event.node}>${event.peer}`).push(flight);
      this.#begin(flight);
      return;
    }
    const pending = pendingOf(this.#frames, `${event.peer}>${event.node}`);
    const detail = words(event.content);
    const found = pending.findIndex((flight) => flight.detail === detail && flight.bytes === event.bytes);
    if (found < 0) return;
    for (const gone of pending.splice(0, found)) {
      this.#end(gone, "lost", gone.sentAt, gone.sentOrder, "link-reset");
    }
    this.#end(pending.shift(), "received", event.at, order, undefined);
  }

  #framesLost(event: Extract<TraceEvent, { type: "connection-closed" }>, order: number): void {
    if (event.reason === "closed" || event.reason === "peer-closed") return;
    for (const flight of pendingOf(this.#frames, `${event.peer}>${event.node}`).splice(0)) {
      this.#end(flight, "lost", event.at, order, "link-reset");
    }
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

  #nodeState(
    event: Extract<
      TraceEvent,
      { type: "node-crashed" | "node-lost-power" | "node-paused" | "node-restarted" | "node-resumed" }
    >,
    order: number,
  ): void {
    this.#nodes.add(event.node);
    const ends = event.type === "node-restarted" || event.type === "node-resumed";
    for (const span of this.#nodeSpans) {
      if (span.node !== event.node || span.until !== undefined) continue;
      if (event.type === "node-paused" || (span.kind === "paused") === (event.type === "node-restarted"))
        continue;
      span.until = event.at;
      span.untilOrder = order;
    }
    if (ends) return;
    this.#nodeSpans.push({
      kind:
        event.type === "node-paused" ? "paused" : event.type === "node-crashed" ? "crashed" : "power-lost",
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

function frameFlight(
  event: Extract<TraceEvent, { type: "frame-sent" | "frame-received" }>,
  order: number,
  number: number,
): Flight {
  return {
    number,
    from: event.node,
    to: event.peer,
    bytes: event.bytes,
    label: labelOf([event.content]),
    detail: words(event.content),
    again: event.content.again,
    copy: false,
    bare: false,
    sentAt: event.at,
    sentOrder: order,
    outcome: "in-flight",
    cause: undefined,
    endedAt: undefined,
    endOrder: order,
  };
}

function pendingOf(frames: Map<string, Flight[]>, pair: string): Flight[] {
  let pending = frames.get(pair);
  if (pending === undefined) frames.set(pair, (pending = []));
  return pending;
}

function words(content: ContentDescription): string {
  return content.detail === "" ? content.name : `${content.name} ${content.detail}`;
}

/** A packet is called by what it begins to carry, a segment that carries nothing new by its kind alone. */
function packetLabel(contents: readonly ContentDescription[]): string {
  const own = contents[0];
  if (contents.length > 1) return labelOf(contents.slice(1));
  return own?.protocol === "tcp" ? own.name : labelOf(contents);
}

/** One or two contents in words, of more the first and how many follow. */
function labelOf(contents: readonly ContentDescription[]): string {
  const all = contents.map(words);
  return all.length <= 2 ? all.join(", ") : `${all[0]} +${all.length - 1}`;
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
