/** TCP segments as a drawing shows them: `seq 1:65 ack 33`, and what they are for. */
import type { Instant } from "../kernel/index.js";
import type { SegmentDescription, TraceEvent } from "../trace/index.js";
import type { SegmentTraits } from "./story.js";

export interface LabelledSegment {
  readonly label: string;
  readonly traits: SegmentTraits;
}

/** Timers whose firing makes a node send a segment only to hear an answer [RFC 8985 §7, RFC 9293 §3.8.4, §3.8.6.1]. */
const PROBE_TIMERS: ReadonlySet<string> = new Set(["tail-loss probe", "window probe", "keepalive"]);

/** Reads segments; remembers which node is about to probe. */
export class SegmentReader {
  #probing: { readonly node: string; readonly at: Instant } | undefined;

  timerFired(event: Extract<TraceEvent, { type: "timer-fired" }>): void {
    this.#probing = PROBE_TIMERS.has(event.timer) ? event : undefined;
  }

  /** Undefined: the packet is not a segment. */
  sent(event: Extract<TraceEvent, { type: "packet-sent" }>): LabelledSegment | undefined {
    const segment = event.contents[0]?.segment;
    if (segment === undefined) return undefined;
    const probing = this.#probing;
    const probe = probing?.node === event.from && probing.at === event.at && event.copyOf === undefined;
    if (probe) this.#probing = undefined;
    const { connection, length, sack } = segment;
    const traits = { kind: kindOf(segment), connection, length, blocks: sack.length, probe };
    return { label: segmentLabel(segment, traits), traits };
  }
}

function kindOf({ flags, length }: SegmentDescription): SegmentTraits["kind"] {
  if (flags.includes("RST")) return "rst";
  if (flags.includes("SYN")) return "syn";
  if (flags.includes("FIN")) return "fin";
  return length > 0 ? "data" : "acknowledgement";
}

/** The second number of a range is that of the byte after its last one. A closed window is worth saying. */
function segmentLabel(segment: SegmentDescription, { kind, probe }: SegmentTraits): string {
  const { sequence, length, acknowledgment, window, flags, sack } = segment;
  const said: string[] = [];
  if (probe) said.push("probe");
  if (kind === "syn") said.push(flags.includes("ACK") ? "SYN-ACK" : "SYN");
  else if (kind === "fin" || kind === "rst") said.push(kind === "fin" ? "FIN" : "RST");
  if (length > 0) said.push(`seq ${sequence}:${sequence + length}`);
  else if (kind !== "acknowledgement" || probe) said.push(`seq ${sequence}`);
  if (acknowledgment !== null) said.push(`ack ${acknowledgment}`);
  if (sack.length > 0) said.push(`sack ${sack.map(([start, end]) => `${start}:${end}`).join(" ")}`);
  if (window === 0 && kind !== "rst") said.push("win 0");
  return said.join(" ");
}
