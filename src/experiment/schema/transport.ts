/** `transport: datagram`, `transport: tcp`, or a record with options. */
import { z } from "zod";
import { MILLISECOND } from "../../kernel/index.js";
import type { OptionDescription } from "../../model/index.js";
import { LINUX_TCP, type TcpSpec, type TransportSpec } from "../../network/index.js";
import { record, type Refusal, scalar } from "./field.js";
import { LAYER_OPTIONS, LAYER_SHAPE } from "./layer.js";
import { optionShape } from "./option.js";
import { readChoice } from "./scalar.js";

const BYTES_MAX = 1_073_741_824;

/** TCP's own options by the names of `TcpSpec`, with the defaults of Linux. */
const OWN_OPTIONS: readonly OptionDescription[] = [
  {
    name: "nagle",
    kind: "boolean",
    default: LINUX_TCP.nagle,
    summary: "Hold back small segments while data is unacknowledged.",
    source: "RFC 896; off means TCP_NODELAY",
  },
  {
    name: "mss",
    kind: "size",
    min: 1,
    max: 65_483,
    default: LINUX_TCP.mss,
    summary: "Payload of a full segment.",
    source: "Ethernet: 1,500 bytes less IP, TCP and its timestamps",
  },
  {
    name: "timestamps",
    kind: "boolean",
    default: LINUX_TCP.timestamps,
    summary:
      "Segments carry timestamps, 12 bytes each, which tell copies apart when round trips are measured.",
    source: "RFC 7323; Linux tcp_timestamps",
  },
  {
    name: "sack",
    kind: "boolean",
    default: LINUX_TCP.sack,
    summary:
      "Selective acknowledgements, and loss recovery by time (RACK). Off: duplicate acknowledgements and NewReno.",
    source: "RFC 2018, RFC 8985; Linux tcp_sack, tcp_recovery",
  },
  {
    name: "tailLossProbe",
    kind: "boolean",
    default: LINUX_TCP.tailLossProbe,
    summary: "A probe, of new data if there is any, when the last segments stay unanswered. Needs `sack`.",
    source: "RFC 8985 §7; Linux tcp_early_retrans",
  },
  {
    name: "initialWindow",
    kind: "count",
    min: 1,
    max: 1000,
    default: LINUX_TCP.initialWindow,
    summary: "Segments that may be sent before the first acknowledgement.",
    source: "RFC 6928",
  },
  {
    name: "rtoMin",
    kind: "duration",
    min: MILLISECOND,
    default: LINUX_TCP.rtoMin,
    summary: "Shortest retransmission timeout, over four deviations of the round trip.",
    source: "Linux TCP_RTO_MIN",
  },
  {
    name: "rtoInitial",
    kind: "duration",
    min: MILLISECOND,
    default: LINUX_TCP.rtoInitial,
    summary: "Retransmission timeout before a round trip was measured.",
    source: "RFC 6298 §2.1",
  },
  {
    name: "rtoMax",
    kind: "duration",
    min: MILLISECOND,
    default: LINUX_TCP.rtoMax,
    summary: "Longest retransmission timeout.",
    source: "Linux TCP_RTO_MAX",
  },
  {
    name: "timerGranularity",
    kind: "duration",
    default: LINUX_TCP.timerGranularity,
    summary:
      "Timers fire at multiples of this, those of more than 63 multiples at coarser steps. 0 s: exactly.",
    source: "Linux CONFIG_HZ 250, kernel/time/timer.c",
  },
  {
    name: "synRetries",
    kind: "count",
    max: 127,
    default: LINUX_TCP.synRetries,
    summary: "Retransmissions of a SYN before connecting fails.",
    source: "Linux tcp_syn_retries",
  },
  {
    name: "synLinearTimeouts",
    kind: "count",
    max: 127,
    default: LINUX_TCP.synLinearTimeouts,
    summary: "Timeouts of a SYN before its timeout begins to double.",
    source: "Linux tcp_syn_linear_timeouts",
  },
  {
    name: "synAckRetries",
    kind: "count",
    max: 127,
    default: LINUX_TCP.synAckRetries,
    summary: "Retransmissions of a SYN-ACK before the attempt is forgotten.",
    source: "Linux tcp_synack_retries",
  },
  {
    name: "retries",
    kind: "count",
    max: 255,
    default: LINUX_TCP.retries,
    summary:
      "Data is sent again for as long as so many doublings of `rtoMin` take before the connection is given up.",
    source: "Linux tcp_retries2",
  },
  {
    name: "orphanRetries",
    kind: "count",
    max: 255,
    default: LINUX_TCP.orphanRetries,
    summary: "The same for a connection that the program has closed or left behind.",
    source: "Linux tcp_orphan_retries",
  },
  {
    name: "userTimeout",
    kind: "duration",
    min: MILLISECOND,
    optional: true,
    summary: "How long data may stay unacknowledged. Left out: `retries` decides.",
    source: "RFC 5482; TCP_USER_TIMEOUT",
  },
  {
    name: "delayedAck",
    kind: "duration",
    default: LINUX_TCP.delayedAck,
    summary: "How long an acknowledgement may wait for a second segment or for data; 0 s: not at all.",
    source: "Linux TCP_DELACK_MIN",
  },
  {
    name: "quickAck",
    kind: "boolean",
    default: LINUX_TCP.quickAck,
    summary: "Every segment with data is acknowledged at once.",
    source: "Linux ip route, quickack",
  },
  {
    name: "receiveBuffer",
    kind: "size",
    min: 1,
    max: BYTES_MAX,
    default: LINUX_TCP.receiveBuffer,
    summary: "Bytes that the receive window begins with.",
    source: "Linux tcp_rmem",
  },
  {
    name: "receiveBufferMax",
    kind: "size",
    min: 1,
    max: BYTES_MAX,
    default: LINUX_TCP.receiveBufferMax,
    summary: "How far the receive window grows for a program that reads as fast as data comes.",
    source: "Linux tcp_rmem, tcp_moderate_rcvbuf",
  },
  {
    name: "sendBuffer",
    kind: "size",
    min: 1,
    max: BYTES_MAX,
    default: LINUX_TCP.sendBuffer,
    summary: "Bytes that the program may write before they are acknowledged.",
    source: "Linux tcp_wmem",
  },
  {
    name: "finTimeout",
    kind: "duration",
    min: MILLISECOND,
    default: LINUX_TCP.finTimeout,
    summary: "How long a connection that no program holds waits for the other side to close.",
    source: "Linux tcp_fin_timeout",
  },
  {
    name: "congestion",
    kind: "choice",
    choices: ["cubic", "reno", "none"],
    default: LINUX_TCP.congestion,
    summary: "Congestion control.",
    source: "RFC 9438, RFC 5681; Linux tcp_congestion_control",
  },
  {
    name: "byteCounting",
    kind: "boolean",
    default: LINUX_TCP.byteCounting,
    summary:
      "The congestion window grows by the segments that are acknowledged. Off: by one for each acknowledgement.",
    source: "RFC 3465; Linux tcp_slow_start, tcp_cong_avoid_ai",
  },
  {
    name: "hystart",
    kind: "boolean",
    default: LINUX_TCP.hystart,
    summary: "CUBIC leaves slow start when round trips grow, or acknowledgements come in a long train.",
    source: "Linux tcp_cubic, hystart",
  },
  {
    name: "slowStartAfterIdle",
    kind: "boolean",
    default: LINUX_TCP.slowStartAfterIdle,
    summary: "A congestion window that was not used for a retransmission timeout decays.",
    source: "RFC 2861; Linux tcp_slow_start_after_idle",
  },
  {
    name: "keepaliveIdle",
    kind: "duration",
    min: MILLISECOND,
    optional: true,
    summary: "Idle time before the first keepalive probe. Left out: no keepalive.",
    source: "RFC 9293 §3.8.4",
  },
  {
    name: "keepaliveInterval",
    kind: "duration",
    min: MILLISECOND,
    default: LINUX_TCP.keepaliveInterval,
    summary: "Time between keepalive probes.",
    source: "Linux tcp_keepalive_intvl",
  },
  {
    name: "keepaliveProbes",
    kind: "count",
    min: 1,
    max: 127,
    default: LINUX_TCP.keepaliveProbes,
    summary: "Unanswered keepalive probes before the connection is given up.",
    source: "Linux tcp_keepalive_probes",
  },
];

/** The options of a transport of the kind tcp. */
export const TCP_OPTIONS: readonly OptionDescription[] = [...OWN_OPTIONS, ...LAYER_OPTIONS];

const KINDS = ["tcp", "datagram"] as const;
const SUMMARY =
  "What carries the channels that a node opens: `tcp`, `datagram`, or a record of TCP's options with `kind: tcp`.";

const kind: z.ZodType<string | number> = scalar(
  (value): string | number | Refusal => readChoice(value, KINDS),
  [{ enum: KINDS }],
  SUMMARY,
);

const withoutDelays = (): number[] => [];

const datagram: z.ZodType = record({ kind: z.literal("datagram") }, "a transport");
const tcp: z.ZodType = record(
  { kind: z.literal("tcp"), ...optionShape(OWN_OPTIONS, withoutDelays), ...LAYER_SHAPE },
  "a transport",
);

/** The schema of a value that was given, for `read`; it depends on the transport's kind. */
export function transportSchema(value: unknown): z.ZodType<TransportSpec> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return kind.transform((word) => (word === "tcp" ? TCP_DEFAULTS : { kind: "datagram" }));
  }
  const named = (value as { readonly kind?: unknown }).kind;
  const schema = named === "tcp" ? tcp : named === "datagram" ? datagram : z.looseObject({ kind });
  return schema as z.ZodType<TransportSpec>;
}

/** All the forms at once, for editors. */
export const TRANSPORT_FORMS: z.ZodType = z.union([kind, tcp, datagram]).meta({ description: SUMMARY });

export const TCP_DEFAULTS: TcpSpec = tcp.parse({ kind: "tcp" }) as TcpSpec;
