/** Going on elsewhere than where the group left off, or than where the consumer is. */
import type { Instant } from "../../../src/kernel/index.js";
import { POSITION_SOUGHT } from "../../../src/trace/index.js";
import { NO_EPOCH } from "../protocol/messages.js";
import type { Place } from "./consumer-config.js";
import type { ConsumerSink } from "./consumer-sink.js";
import type { Position } from "./position.js";

/** The position is where the application wants it; what was fetched from elsewhere is to be dropped. */
export function begin(position: Position, place: Place, sink: ConsumerSink, now: Instant): void {
  switch (place.to) {
    case "beginning":
      return position.ask("earliest", POSITION_SOUGHT);
    case "end":
      return position.ask("latest", POSITION_SOUGHT);
    case "time":
      return position.ask(place.time, POSITION_SOUGHT);
    case "offset":
      position.move(place.offset, NO_EPOCH);
      sink.positioned(position.topic, position.index, place.offset, POSITION_SOUGHT, now);
  }
}
