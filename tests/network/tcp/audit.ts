/**
 * Judges a kept trace of one connection by what was on the wire, knowing nothing of the code that put it there:
 * every content read once, whole and in order, and not before its bytes had arrived; no acknowledgment of what
 * has not arrived; nothing beyond the window; nothing new after a FIN, nothing at all after a reset.
 */
import type { TraceEvent } from "../../../src/trace/index.js";

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Seen extends Range {
  readonly name: string;
  readonly acknowledgment: number;
  readonly window: number;
}

/** One side: what it has sent, and what has reached it. */
class Side {
  readonly written: { readonly name: string; readonly end: number }[] = [];
  writtenEnd = 1;
  readCount = 0;
  /** The first number missing of what has reached this side. */
  contiguous = 0;
  /** What has arrived beyond it. */
  #beyond: Range[] = [];
  windowEnd = 0;
  finEnd = Infinity;
  resetSent = false;

  arrive(range: Range): void {
    this.#beyond.push(range);
    for (let grown = true; grown;) {
      grown = false;
      for (const { start, end } of this.#beyond) {
        if (start > this.contiguous || end <= this.contiguous) continue;
        this.contiguous = end;
        grown = true;
      }
      this.#beyond = this.#beyond.filter(({ end }) => end > this.contiguous);
    }
  }
}

/** The violations, in words; empty when all is well. */
export function audit(events: readonly TraceEvent[]): string[] {
  const sides = new Map([
    ["client", new Side()],
    ["server", new Side()],
  ]);
  const packets = new Map<number, { readonly to: string; readonly seen: Seen }>();
  const violations: string[] = [];
  const side = (name: string): Side => sides.get(name) as Side;
  const other = (name: string): Side => side(name === "client" ? "server" : "client");
  for (const event of events) {
    if (event.type === "packet-sent") {
      const seen = parse(event.contents[0]?.name ?? "", event.contents[0]?.detail ?? "");
      packets.set(event.packet, { to: event.to, seen });
      if (event.copyOf === undefined) {
        violations.push(...judge(seen, side(event.from)).map((text) => `${event.at} ${event.from}: ${text}`));
      }
    } else if (event.type === "packet-received") {
      const packet = packets.get(event.packet) as { readonly to: string; readonly seen: Seen };
      const { seen } = packet;
      const at = side(packet.to);
      if (seen.name !== "RST") at.arrive(seen);
      at.windowEnd = Math.max(at.windowEnd, seen.acknowledgment + seen.window);
    } else if (event.type === "frame-sent") {
      const writer = side(event.node);
      writer.writtenEnd += event.bytes;
      writer.written.push({ name: event.content.name, end: writer.writtenEnd });
    } else if (event.type === "frame-received") {
      const reader = side(event.node);
      const expected = other(event.node).written[reader.readCount++];
      if (expected?.name !== event.content.name) {
        violations.push(`${event.at} ${event.node} read ${event.content.name}, not ${expected?.name}`);
      } else if (expected.end > reader.contiguous) {
        violations.push(`${event.at} ${event.node} read ${expected.name} before it had arrived whole`);
      }
    }
  }
  return violations;
}

/** How many contents of those that `writer` wrote were read. */
export function readOf(events: readonly TraceEvent[], writer: string): { written: number; read: number } {
  let written = 0;
  let read = 0;
  for (const event of events) {
    if (event.type === "frame-sent" && event.node === writer) written++;
    if (event.type === "frame-received" && event.peer === writer) read++;
  }
  return { written, read };
}

function judge(seen: Seen, sender: Side): string[] {
  const violations: string[] = [];
  if (sender.resetSent && seen.name !== "RST") violations.push(`${seen.name} after a reset`);
  if (seen.name === "RST") {
    sender.resetSent = true;
    return violations;
  }
  if (seen.acknowledgment > sender.contiguous) {
    violations.push(`acknowledges ${seen.acknowledgment}, has ${sender.contiguous}`);
  }
  if (seen.name === "DATA" && seen.end > sender.windowEnd) {
    violations.push(`sends up to ${seen.end}, may up to ${sender.windowEnd}`);
  }
  if (seen.end > sender.finEnd) violations.push(`sends ${seen.end} after its FIN at ${sender.finEnd}`);
  if (seen.name === "FIN") sender.finEnd = seen.end;
  return violations;
}

function parse(name: string, detail: string): Seen {
  const match = /^(\d+)\.\.(\d+)(?: ack (\d+))?(?: sack [\d. ]+)? win (\d+)$/.exec(detail);
  if (match === null) throw new Error(`not a segment: ${detail}`);
  return {
    name,
    start: Number(match[1]),
    end: Number(match[2]),
    acknowledgment: Number(match[3] ?? 0),
    window: Number(match[4]),
  };
}
