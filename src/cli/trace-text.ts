/** A trace as lines for reading: when, where, what. */
import { type Instant, MICROSECOND, SECOND } from "../kernel/index.js";
import type { ContentDescription, TraceEvent } from "../trace/index.js";
import { fitTable } from "./table.js";
import type { Colors } from "./terminal.js";

type PacketSent = Extract<TraceEvent, { readonly type: "packet-sent" }>;
type Mood = "good" | "bad" | "warning" | "quiet" | "strong" | "plain";

interface Line {
  readonly where: string;
  readonly what: string;
  readonly mood: Mood;
}

/** `shown` in lines; `all` is the whole trace, which knows what the packets carry. */
export function traceText(
  shown: readonly TraceEvent[],
  all: readonly TraceEvent[],
  colors: Colors | undefined,
): string {
  const packets = new Map<number, PacketSent>();
  for (const event of all) if (event.type === "packet-sent") packets.set(event.packet, event);
  const lines = shown.map((event) => describe(event, packets));
  const paint = (text: string, row: number): string => painted(text, lines[row]?.mood ?? "plain", colors);
  const { lines: table } = fitTable(
    [
      { header: "time", align: "right", cells: shown.map(({ at }) => seconds(at)), dispensable: 0 },
      { header: "where", align: "left", cells: lines.map(({ where }) => where), dispensable: 0 },
      { header: "what", align: "left", cells: lines.map(({ what }) => what), dispensable: 0, paint },
    ],
    undefined,
    (header) => colors?.bold(header) ?? header,
  );
  return table.map((line) => `${line}\n`).join("");
}

/** To the microsecond, as everywhere in a trace: `5.050123 s`. */
function seconds(at: Instant): string {
  const whole = Math.floor(at / SECOND);
  const micros = Math.floor((at % SECOND) / MICROSECOND);
  return `${whole}.${String(micros).padStart(6, "0")} s`;
}

function describe(event: TraceEvent, packets: ReadonlyMap<number, PacketSent>): Line {
  switch (event.type) {
    case "packet-sent": {
      const copy = event.copyOf === undefined ? "" : ` (the network's copy of #${event.copyOf})`;
      const again = event.contents.some((content) => content.again);
      return {
        where: `${event.from} → ${event.to}`,
        what: `#${event.packet} ${contentsOf(event)}, ${event.bytes} B${copy}`,
        mood: again || copy !== "" ? "warning" : "plain",
      };
    }
    case "packet-lost":
      return onTheWay(event.packet, packets, `lost (${event.cause.replaceAll("-", " ")})`, "bad");
    case "packet-received":
      return onTheWay(event.packet, packets, "arrives", "quiet");
    case "frame-sent":
    case "frame-received": {
      const sent = event.type === "frame-sent";
      return {
        where: sent ? `${event.node} ⇒ ${event.peer}` : `${event.peer} ⇒ ${event.node}`,
        what: sent ? `${content(event.content)}, ${event.bytes} B` : `${content(event.content)} is read`,
        mood: sent ? (event.content.again ? "warning" : "plain") : "quiet",
      };
    }
    default:
      return describeState(event);
  }
}

type StateEvent = Exclude<
  TraceEvent,
  { readonly type: "packet-sent" | "packet-lost" | "packet-received" | "frame-sent" | "frame-received" }
>;

function describeState(event: StateEvent): Line {
  switch (event.type) {
    case "connection-opened":
      return { where: event.node, what: `connection with ${event.peer} is open`, mood: "plain" };
    case "connection-closed": {
      const mood = event.reason === "closed" || event.reason === "peer-closed" ? "plain" : "bad";
      return {
        where: event.node,
        what: `connection with ${event.peer} is over: ${spaced(event.reason)}`,
        mood,
      };
    }
    case "timer-fired":
      return { where: event.node, what: `timer: ${event.timer}`, mood: "quiet" };
    case "node-crashed":
    case "node-lost-power":
    case "node-restarted":
    case "node-paused":
    case "node-resumed":
      return { where: event.node, what: spaced(event.type.slice("node-".length)), mood: "strong" };
    case "link-cut":
    case "link-mended":
    case "link-held":
    case "link-released":
      return { where: `${event.from} → ${event.to}`, what: spaced(event.type), mood: "strong" };
    case "published":
    case "acknowledged":
    case "failed":
    case "delivered": {
      const again = event.type === "delivered" && event.again ? " again" : "";
      return {
        where: event.node,
        what: `${event.type}${again} ${event.message} (${event.topic}, QoS ${event.qos})`,
        mood: again !== "" ? "warning" : APPLICATION_MOOD[event.type],
      };
    }
    case "note":
      return { where: event.node, what: event.text, mood: "quiet" };
  }
}

const APPLICATION_MOOD = {
  published: "strong",
  acknowledged: "plain",
  failed: "bad",
  delivered: "good",
} as const;

function onTheWay(packet: number, packets: ReadonlyMap<number, PacketSent>, fate: string, mood: Mood): Line {
  const sent = packets.get(packet);
  const where = sent === undefined ? "" : `${sent.from} → ${sent.to}`;
  return { where, what: `#${packet} ${sent === undefined ? "" : `${contentsOf(sent)} `}${fate}`, mood };
}

function contentsOf({ contents }: PacketSent): string {
  return contents.map(content).join(" | ");
}

function content({ name, detail, again }: ContentDescription): string {
  return `${name}${detail === "" ? "" : ` ${detail}`}${again ? " (again)" : ""}`;
}

function spaced(word: string): string {
  return word.replaceAll("-", " ");
}

function painted(text: string, mood: Mood, colors: Colors | undefined): string {
  if (colors === undefined) return text;
  switch (mood) {
    case "good":
      return colors.green(text);
    case "bad":
      return colors.red(text);
    case "warning":
      return colors.yellow(text);
    case "quiet":
      return colors.dim(text);
    case "strong":
      return colors.cyan(text);
    case "plain":
      return text;
  }
}
