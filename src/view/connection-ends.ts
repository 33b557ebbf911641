/** The two ends of every TCP connection of a trace, each with what its congestion window was over time. */
import type { TraceEvent } from "../trace/index.js";
import type { CongestionSample, ConnectionEnd } from "./story.js";

type Open = { -readonly [Key in keyof ConnectionEnd]: ConnectionEnd[Key] } & { samples: CongestionSample[] };

/** Collects them. */
export class ConnectionEnds {
  readonly #ends = new Map<string, Open>();

  changed(event: Extract<TraceEvent, { type: "congestion" }>, order: number): void {
    const { node, peer, connection } = event;
    const key = `${node}>${peer}#${connection}`;
    let end = this.#ends.get(key);
    if (end === undefined) {
      end = { node, peer, connection, samples: [], closed: undefined };
      this.#ends.set(key, end);
    }
    end.samples.push({ ...event, order });
    end.closed = undefined;
  }

  /** Events of closing bear no number: it is the connection of these two nodes that was heard of last. */
  connectionClosed(event: Extract<TraceEvent, { type: "connection-closed" }>, order: number): void {
    const open = [...this.#ends.values()].filter(
      (end) => end.node === event.node && end.peer === event.peer && end.closed === undefined,
    );
    const latest = open[open.length - 1];
    if (latest !== undefined) latest.closed = { at: event.at, order };
  }

  all(): readonly ConnectionEnd[] {
    return [...this.#ends.values()];
  }
}
