/** What a connection leaves in the trace and in the counters. */
import type { Instant } from "../../kernel/index.js";
import { type CloseReason, type Content, partsOf } from "../../trace/index.js";
import type { Node } from "../../host/index.js";
import type { Sender } from "./sender.js";
import type { TcpStackParts } from "./surroundings.js";

/** A connection has ended, as one side sees it. */
export function recordEnd(parts: TcpStackParts, remote: Node, reason: CloseReason, now: Instant): void {
  if (reason === "reset") parts.statistics.resets++;
  parts.trace.connectionClosed(parts.node.index, remote.index, reason, now);
}

/** A content was written, or read whole: what it consists of. */
export function recordFrame(
  parts: TcpStackParts,
  remote: Node,
  type: "frame-sent" | "frame-received",
  content: Content,
  now: Instant,
): void {
  const { trace, node } = parts;
  if (!trace.keeping) return;
  for (const part of partsOf(content)) {
    trace.keep({
      type,
      at: now,
      node: node.name,
      peer: remote.name,
      content: part.describe(),
      bytes: part.bytes,
    });
  }
}

/** Keeps what the congestion window and the flight of one end look like, when that has changed. */
export class FlightRecord {
  readonly #connection: number;
  readonly #remote: Node;
  #latest = "";

  constructor(connection: number, remote: Node) {
    this.#connection = connection;
    this.#remote = remote;
  }

  /** Call it only while a trace is kept. */
  note(parts: TcpStackParts, sender: Sender, now: Instant): void {
    const { trace, node } = parts;
    const { window, sent, recovery } = sender;
    const shown = {
      state: recovery.state,
      window: Number.isFinite(window.size) ? window.size : null,
      threshold: Number.isFinite(window.threshold) ? window.threshold : null,
      segmentsInFlight: sent.inFlight,
      bytesInFlight: sender.next - sender.unacknowledged,
      receiveWindow: sender.offeredWindow,
      roundTrip: Math.round(sender.rtt.smoothed),
      timeout: sender.timer.timeout,
    };
    const text = JSON.stringify(shown);
    if (text === this.#latest) return;
    this.#latest = text;
    trace.keep({
      type: "congestion",
      at: now,
      node: node.name,
      peer: this.#remote.name,
      connection: this.#connection,
      ...shown,
    });
  }
}
