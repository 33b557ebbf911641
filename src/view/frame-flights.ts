/** Frames above a stream, from their writing to their reading. */
import type { Instant } from "../kernel/index.js";
import type { TraceEvent } from "../trace/index.js";
import { labelOf, words } from "./content-words.js";
import { endFlight } from "./packet-flight.js";
import type { Flight } from "./story.js";

type FrameEvent = Extract<TraceEvent, { type: "frame-sent" | "frame-received" }>;

/** Pairs what is written with what is read. Keys are directed pairs of nodes. */
export class FrameFlights {
  /** Written and not yet read. */
  readonly #pending = new Map<string, Flight[]>();
  /** When and where in the trace the latest packet arrived. */
  readonly #carried = new Map<string, { readonly at: Instant; readonly order: number }>();

  /** A frame on its way; `number` is its place among the flights. */
  sent(event: FrameEvent, order: number, number: number): Flight {
    const flight = frameFlight(event, order, number);
    this.#pendingOf(event.node, event.peer).push(flight);
    return flight;
  }

  /** A stream keeps order: reading a frame proves that what was written before it is read or gone. */
  received(event: FrameEvent, order: number): void {
    const pending = this.#pendingOf(event.peer, event.node);
    const detail = words(event.content);
    const found = pending.findIndex((flight) => flight.detail === detail && flight.bytes === event.bytes);
    if (found < 0) return;
    for (const gone of pending.splice(0, found)) {
      endFlight(gone, "lost", gone.sentAt, gone.sentOrder, "link-reset");
    }
    const flight = pending.shift();
    if (flight === undefined) return;
    endFlight(flight, "received", event.at, this.#beforeItsCarrier(event, order), undefined);
  }

  /** A packet has arrived that may complete frames. */
  carrierReceived(from: string, to: string, at: Instant, order: number): void {
    this.#carried.set(`${from}>${to}`, { at, order });
  }

  /** What a connection that is torn down has not delivered is lost. */
  connectionClosed(event: Extract<TraceEvent, { type: "connection-closed" }>, order: number): void {
    if (event.reason === "closed" || event.reason === "peer-closed") return;
    for (const flight of this.#pendingOf(event.peer, event.node).splice(0)) {
      endFlight(flight, "lost", event.at, order, "link-reset");
    }
  }

  /**
   * A frame stands above the segment that carries it, at both ends: of one instant, the reading comes before
   * the arrival, and readings keep their order among themselves.
   */
  #beforeItsCarrier(event: FrameEvent, order: number): number {
    const carrier = this.#carried.get(`${event.peer}>${event.node}`);
    if (carrier?.at !== event.at) return order;
    return carrier.order - 1 / (1 + order - carrier.order);
  }

  #pendingOf(from: string, to: string): Flight[] {
    const pair = `${from}>${to}`;
    let pending = this.#pending.get(pair);
    if (pending === undefined) this.#pending.set(pair, (pending = []));
    return pending;
  }
}

function frameFlight(event: FrameEvent, order: number, number: number): Flight {
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
    frame: true,
    segment: undefined,
    sentAt: event.at,
    sentOrder: order,
    outcome: "in-flight",
    cause: undefined,
    endedAt: undefined,
    endOrder: order,
  };
}
