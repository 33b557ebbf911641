/** One traced run as text, JSON lines, a drawing or a Mermaid diagram. */
import { writeFile } from "node:fs/promises";
import type { Instant } from "../kernel/index.js";
import { type TraceEvent, traceJsonl, traceText } from "../trace/index.js";
import { mermaid, sequenceDiagram } from "../view/index.js";
import { UserError } from "./status.js";
import type { Colors, Terminal } from "./terminal.js";

export const TRACE_FORMATS = ["text", "jsonl", "svg", "mermaid"] as const;
export const TRACE_LEVELS = ["protocol", "packets", "segments"] as const;

export type TraceFormat = (typeof TRACE_FORMATS)[number];
export type TraceLevel = (typeof TRACE_LEVELS)[number];

export interface TraceOutputOptions {
  readonly format?: TraceFormat | undefined;
  readonly output?: string | undefined;
  readonly level: TraceLevel;
  /** Plots beside a drawing of segments. */
  readonly plots: boolean;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly limit?: number | undefined;
}

/** What a person can look at, when no limit is given: events of text, packets of a drawing. */
const LIMITS: Readonly<Record<TraceFormat, number>> = { text: 1000, jsonl: Infinity, svg: 100, mermaid: 100 };

const FORMAT_OF_ENDING: Readonly<Record<string, TraceFormat>> = {
  txt: "text",
  jsonl: "jsonl",
  ndjson: "jsonl",
  svg: "svg",
  mmd: "mermaid",
  mermaid: "mermaid",
};

/** What `--level` and `--no-plots` mean. */
export const LEVEL_HELP =
  "packets on links; what the protocol says over connections; or that, with the TCP segments that carry it";
export const NO_PLOTS_HELP = "draw segments without the plots of congestion windows and bytes in flight";

export function formatOf({ format, output }: TraceOutputOptions): TraceFormat {
  if (format !== undefined) return format;
  const ending = /\.([a-z]+)$/.exec(output ?? "")?.[1] ?? "";
  return FORMAT_OF_ENDING[ending] ?? "text";
}

/** Writes the part of the trace that was asked for to the file or to stdout. `title` heads a drawing. */
export async function writeTrace(
  events: readonly TraceEvent[],
  title: string,
  options: TraceOutputOptions,
  terminal: Terminal,
): Promise<void> {
  const from = options.from ?? 0;
  const to = options.to ?? Infinity;
  if (from > to) throw new UserError("--from lies after --to");
  const format = formatOf(options);
  const { level } = options;
  const limit = options.limit ?? LIMITS[format];
  if (format === "svg") {
    const drawn = {
      title,
      level: options.level,
      plots: options.plots,
      from,
      packetsMax: limit,
      ...(to === Infinity ? {} : { until: to }),
    };
    return write(`${sequenceDiagram(events, drawn)}\n`, options, terminal);
  }
  const chosen = chosenEvents(events, level, tellsWindows(format, level), from, to);
  const shown = chosen.slice(0, limit);
  if (shown.length < chosen.length) {
    terminal.err(
      `the first ${shown.length} of ${chosen.length} events: choose with --from, --to and --limit\n`,
    );
  }
  if (format === "jsonl") return write(traceJsonl(shown), options, terminal);
  const before = sentBefore(shown, events);
  if (format === "mermaid") return write(mermaid([...before, ...shown], { level }), options, terminal);
  const lines = traceText([...before, ...shown])
    .trimEnd()
    .split("\n");
  const [heading = "", ...rows] = [lines[0] ?? "", ...lines.slice(1 + before.length)];
  const colors = options.output === undefined ? terminal.colors : undefined;
  const painted = rows.map((row, i) => paint(row, shown[i], colors));
  return write(`${[heading, ...painted].join("\n")}\n`, options, terminal);
}

async function write(text: string, { output }: TraceOutputOptions, terminal: Terminal): Promise<void> {
  if (output === undefined) terminal.out(text);
  else await writeFile(output, text);
}

/** `protocol` leaves out the packets between nodes whose frames are traced: they only carry those. */
function chosenEvents(
  events: readonly TraceEvent[],
  level: TraceLevel,
  windows: boolean,
  from: Instant,
  to: Instant,
): TraceEvent[] {
  const carriers = level === "protocol" ? carrierPackets(events) : new Set<number>();
  return events.filter(
    (event) =>
      event.at >= from &&
      event.at <= to &&
      !("packet" in event && carriers.has(event.packet)) &&
      (event.type !== "congestion" || windows),
  );
}

/** People read of congestion windows at the level of segments; programs choose for themselves. */
function tellsWindows(format: TraceFormat, level: TraceLevel): boolean {
  return format === "jsonl" ? level !== "protocol" : format === "text" && level === "segments";
}

function carrierPackets(events: readonly TraceEvent[]): Set<number> {
  const framed = new Set<string>();
  for (const event of events) {
    if (event.type !== "frame-sent" && event.type !== "frame-received") continue;
    framed.add(`${event.node}>${event.peer}`).add(`${event.peer}>${event.node}`);
  }
  const carriers = new Set<number>();
  for (const event of events) {
    if (event.type === "packet-sent" && framed.has(`${event.from}>${event.to}`)) carriers.add(event.packet);
  }
  return carriers;
}

/** The packets that arrive in the part shown and were sent before it: what they carry is told there. */
function sentBefore(shown: readonly TraceEvent[], events: readonly TraceEvent[]): TraceEvent[] {
  const sent = new Set<number>();
  const wanted = new Set<number>();
  for (const event of shown) {
    if (event.type === "packet-sent") sent.add(event.packet);
    else if ("packet" in event && !sent.has(event.packet)) wanted.add(event.packet);
  }
  return events.filter((event) => event.type === "packet-sent" && wanted.has(event.packet));
}

/** Colours the line of an event by what it means for the message. */
function paint(line: string, event: TraceEvent | undefined, colors: Colors | undefined): string {
  if (event === undefined || colors === undefined) return line;
  switch (event.type) {
    case "packet-lost":
    case "failed":
    case "node-crashed":
    case "node-stopped":
    case "node-lost-power":
    case "node-lost-disk":
    case "link-cut":
      return colors.red(line);
    case "delivered":
      return event.again ? colors.yellow(line) : colors.green(line);
    case "published":
      return colors.cyan(line);
    case "packet-sent":
      return event.contents.some((content) => content.again) ? colors.yellow(line) : line;
    case "frame-sent":
      return event.content.again ? colors.yellow(line) : line;
    case "packet-received":
    case "frame-received":
    case "timer-fired":
    case "congestion":
    case "note":
    case "stored":
    case "polled":
    case "positioned":
    case "derived":
      return colors.dim(line);
    case "connection-opened":
    case "connection-closed":
    case "acknowledged":
    case "node-restarted":
    case "node-paused":
    case "node-resumed":
    case "link-mended":
    case "link-held":
    case "link-released":
    case "assigned":
    case "revoked":
    case "committed":
    case "transaction-begun":
    case "transaction-ended":
      return line;
  }
}
