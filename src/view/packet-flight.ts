/** The flight of a packet: what a link carried, from its sending on. */
import type { Instant } from "../kernel/index.js";
import type { LossCause, TraceEvent } from "../trace/index.js";
import { packetLabel, words } from "./content-words.js";
import type { LabelledSegment } from "./segment-traits.js";
import type { Flight, Outcome } from "./story.js";

/** A packet on its way. `segment`: it is to be drawn as the segment that it is. */
export function packetFlight(
  event: Extract<TraceEvent, { type: "packet-sent" }>,
  order: number,
  segment: LabelledSegment | undefined,
): Flight {
  const { contents } = event;
  return {
    number: event.packet,
    from: event.from,
    to: event.to,
    bytes: event.bytes,
    label: segment?.label ?? packetLabel(contents),
    detail: contents.map(words).join(", "),
    again: segment === undefined ? contents.some((each) => each.again) : contents[0]?.again === true,
    copy: event.copyOf !== undefined,
    bare: contents.length === 1 && contents[0]?.name === "ACK",
    frame: false,
    segment: segment?.traits,
    sentAt: event.at,
    sentOrder: order,
    outcome: "in-flight",
    cause: undefined,
    endedAt: undefined,
    endOrder: order,
  };
}

/** What has become of a flight, when, and where in the trace. */
export function endFlight(
  flight: Flight,
  outcome: Outcome,
  at: Instant,
  order: number,
  cause: LossCause | undefined,
): void {
  flight.outcome = outcome;
  flight.cause = cause;
  flight.endedAt = at;
  flight.endOrder = order;
}
