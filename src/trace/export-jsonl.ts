/** A trace as JSON lines: one event a line, in order, for programs. */
import type { TraceEvent } from "./events.js";

/** The events as JSON, each on a line that ends with a newline. */
export function traceJsonl(events: readonly TraceEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}
