/** A trace as aligned columns for people: when, what became of it, where, what, bytes, marks. */
import type { Instant } from "../kernel/index.js";
import type { ContentDescription, LogTraceEvent, TraceEvent } from "./events.js";

interface Row {
  readonly time: string;
  readonly happened: string;
  readonly where: string;
  readonly what: string;
  readonly bytes: string;
  readonly marks: string;
}

type PacketSent = Extract<TraceEvent, { type: "packet-sent" }>;

const HEADING: Row = {
  time: "time ms",
  happened: "event",
  where: "where",
  what: "what",
  bytes: "bytes",
  marks: "",
};

/** Widths beyond which a column no longer follows its longest entry. */
const WHERE_MAX = 30;
const WHAT_MAX = 48;

/**
 * One line an event, below a heading. Times are milliseconds, exact to the microsecond (nanoseconds are cut
 * off). Marks: `again` (sent or delivered before), `copy` (duplicated by the
 * network), and why a packet was lost.
 */
export function traceText(events: readonly TraceEvent[]): string {
  const sent = new Map<number, PacketSent>();
  const rows = [HEADING];
  for (const event of events) {
    if (event.type === "packet-sent") sent.set(event.packet, event);
    rows.push(rowOf(event, sent));
  }
  const time = widest(rows, "time", Infinity);
  const happened = widest(rows, "happened", Infinity);
  const where = widest(rows, "where", WHERE_MAX);
  const what = widest(rows, "what", WHAT_MAX);
  const bytes = widest(rows, "bytes", Infinity);
  return rows
    .map((row) =>
      [
        row.time.padStart(time),
        row.happened.padEnd(happened),
        row.where.padEnd(where),
        row.what.padEnd(what),
        row.bytes.padStart(bytes),
        row.marks,
      ]
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function widest(rows: readonly Row[], column: keyof Row, limit: number): number {
  let width = 0;
  for (const row of rows) if (row[column].length <= limit) width = Math.max(width, row[column].length);
  return width;
}

function rowOf(event: TraceEvent, sent: ReadonlyMap<number, PacketSent>): Row {
  switch (event.type) {
    case "packet-sent":
      return packetRow(event.at, "sent", event, event.copyOf === undefined ? [] : ["copy"]);
    case "packet-received":
      return packetRow(event.at, "received", sent.get(event.packet), []);
    case "packet-lost":
      return packetRow(event.at, "lost", sent.get(event.packet), [event.cause]);
    case "frame-sent":
      return frameRow(event, "written", `${event.node} → ${event.peer}`);
    case "frame-received":
      return frameRow(event, "read", `${event.peer} → ${event.node}`);
    case "connection-opened":
      return row(event.at, "opened", event.node, `connection to ${event.peer}`);
    case "connection-closed":
      return row(event.at, "closed", event.node, `connection to ${event.peer} (${event.reason})`);
    case "congestion":
      return row(event.at, "congestion", `${event.node} → ${event.peer}`, congestionWords(event));
    case "timer-fired":
      return row(event.at, "timer", event.node, event.timer);
    case "published":
    case "acknowledged":
    case "failed":
    case "delivered":
      return { ...row(event.at, event.type, event.node, event.message), marks: event.again ? "again" : "" };
    case "stored":
    case "polled":
    case "positioned":
    case "assigned":
    case "revoked":
    case "committed":
    case "derived":
    case "transaction-begun":
    case "transaction-ended":
      return row(event.at, event.type.replace("-", " "), event.node, logWords(event));
    case "note":
      return row(event.at, "note", event.node, event.text);
    case "node-crashed":
    case "node-stopped":
    case "node-lost-power":
    case "node-lost-disk":
    case "node-restarted":
    case "node-paused":
    case "node-resumed":
      return row(event.at, event.type.slice("node-".length), event.node, "");
    case "link-cut":
    case "link-mended":
    case "link-held":
    case "link-released":
      return row(event.at, event.type.slice("link-".length), `${event.from} → ${event.to}`, "");
  }
}

function row(at: Instant, happened: string, where: string, what: string): Row {
  return {
    time: milliseconds(at),
    happened,
    where: oneLine(where),
    what: oneLine(what),
    bytes: "",
    marks: "",
  };
}

function packetRow(
  at: Instant,
  happened: string,
  packet: PacketSent | undefined,
  marks: readonly string[],
): Row {
  if (packet === undefined) return row(at, happened, "", "a packet sent before the trace begins");
  const again = packet.contents.some((content) => content.again) ? ["again"] : [];
  return {
    ...row(at, happened, `${packet.from} → ${packet.to}`, packet.contents.map(words).join(" | ")),
    bytes: String(packet.bytes),
    marks: [...again, ...marks].join(", "),
  };
}

function frameRow(
  event: Extract<TraceEvent, { type: "frame-sent" | "frame-received" }>,
  happened: string,
  where: string,
): Row {
  return {
    ...row(event.at, happened, where, words(event.content)),
    bytes: String(event.bytes),
    marks: event.content.again ? "again" : "",
  };
}

/** `open window 10 threshold – in flight 3 (300 B of 65535)`: segments, then bytes. */
function congestionWords(event: Extract<TraceEvent, { type: "congestion" }>): string {
  const { state, window, threshold, segmentsInFlight, bytesInFlight, receiveWindow } = event;
  const limits = `window ${window ?? "–"} threshold ${threshold ?? "–"}`;
  return `${state} ${limits} in flight ${segmentsInFlight} (${bytesInFlight} B of ${receiveWindow})`;
}

/** `orders-0 at 57 3#12 (reset)` */
function logWords({ partition, offset, message, detail }: LogTraceEvent): string {
  const where = offset === undefined ? partition : `${partition} at ${offset}`;
  const words = [where, message ?? "", detail === undefined ? "" : `(${detail})`];
  return words.filter((word) => word !== "").join(" ");
}

function words(content: ContentDescription): string {
  return content.detail === "" ? content.name : `${content.name} ${content.detail}`;
}

/** Text from elsewhere cannot break the table nor command a terminal. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g, "\uFFFD");
}

/** Nanoseconds as milliseconds with three digits after the point. */
function milliseconds(at: Instant): string {
  const microseconds = Math.floor(at / 1000);
  return `${Math.floor(microseconds / 1000)}.${String(microseconds % 1000).padStart(3, "0")}`;
}
