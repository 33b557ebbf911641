/** The built-in metrics: what they are called and mean, and how they are made from a run. */
import type { Histogram, LogHistory, PairTally, Tally } from "../guarantees/index.js";

/** A metric that every run has, whatever its model. */
export interface BuiltInMetric {
  readonly name: string;
  /** Empty for counts and ratios. */
  readonly unit: string;
  /** One sentence. */
  readonly summary: string;
  /** Which way is good, where one is. */
  readonly better?: "higher" | "lower";
}

/** The number that a metric takes in a run; null where there is nothing to measure. */
export type MetricValue = number | null;

/** What the metrics are made from. */
export interface Measurements {
  readonly tally: Tally;
  readonly pairs: PairTally;
  readonly network: NetworkCounts;
  /** Where the scenario's models have logs. */
  readonly log?: LogHistory;
}

/** What the network counted since the end of the warm-up. */
export interface NetworkCounts {
  readonly packetsSent: number;
  readonly packetsLost: number;
  readonly bytesSent: number;
  readonly payloadBytes: number;
  readonly retransmissions: number;
  readonly connects: number;
  readonly reconnects: number;
}

interface Definition extends BuiltInMetric {
  readonly of: (measurements: Measurements) => MetricValue;
}

const NANOSECONDS_PER_MS = 1_000_000;

const DEFINITIONS: readonly Definition[] = [
  {
    name: "published",
    unit: "",
    summary: "Messages published, wills included.",
    of: ({ tally }) => tally.published,
  },
  {
    name: "acknowledged",
    unit: "",
    summary: "Messages whose publisher was told that they are safe; never at QoS 0.",
    of: ({ tally }) => tally.acknowledged,
  },
  {
    name: "failed",
    unit: "",
    summary: "Messages whose publisher was told that they are refused or given up.",
    better: "lower",
    of: ({ tally }) => tally.failed,
  },
  {
    name: "unresolved",
    unit: "",
    summary: "Messages whose publisher was told neither; at QoS 0 and for wills all of them.",
    of: ({ tally }) => tally.published - tally.acknowledged - tally.failed,
  },
  {
    name: "wanted",
    unit: "",
    summary: "Pairs of a message and a recipient that asked for it before it was published.",
    of: ({ pairs }) => pairs.wanted,
  },
  {
    name: "delivered",
    unit: "",
    summary: "Pairs of a message and an entitled recipient that got it, each counted once.",
    better: "higher",
    of: ({ pairs }) => pairs.delivered,
  },
  {
    name: "delivered_ratio",
    unit: "",
    summary: "delivered over all pairs of a message and an entitled recipient.",
    better: "higher",
    of: ({ pairs }) => ratio(pairs.delivered, pairs.entitled),
  },
  {
    name: "lost",
    unit: "",
    summary: "Entitled pairs not delivered, the message being held nowhere any more.",
    better: "lower",
    of: ({ pairs }) => pairs.lost,
  },
  {
    name: "late",
    unit: "",
    summary: "Entitled pairs not delivered, the message being still held somewhere at the end.",
    better: "lower",
    of: ({ pairs }) => pairs.late,
  },
  {
    name: "missed",
    unit: "",
    summary:
      "Pairs wanted, not entitled and not delivered: the protocol kept its word, the message was missed.",
    better: "lower",
    of: ({ pairs }) => pairs.missed,
  },
  {
    name: "acknowledged_lost",
    unit: "",
    summary: "Lost pairs whose publisher had been told that the message is safe.",
    better: "lower",
    of: ({ pairs }) => pairs.acknowledgedLost,
  },
  {
    name: "duplicates",
    unit: "",
    summary: "Deliveries beyond the first (and beyond the copies that overlapping subscriptions allow).",
    better: "lower",
    of: ({ tally }) => tally.duplicates,
  },
  {
    name: "out_of_order",
    unit: "",
    summary:
      "First deliveries after that of a message published later by the same publisher to the same topic.",
    better: "lower",
    of: ({ tally }) => tally.outOfOrder,
  },
  ...latencies("latency", "first delivery, retained copies left out", ({ tally }) => tally.latency),
  ...latencies("ack_latency", "acknowledgement", ({ tally }) => tally.acknowledgementLatency),
  {
    name: "packets_sent",
    unit: "",
    summary: "Packets put on links, on all hops, retransmissions included.",
    better: "lower",
    of: ({ network }) => network.packetsSent,
  },
  {
    name: "packets_lost",
    unit: "",
    summary: "Packets that did not arrive, whatever the cause.",
    of: ({ network }) => network.packetsLost,
  },
  {
    name: "bytes_sent",
    unit: "B",
    summary: "Bytes put on links, on all hops, with IP and transport headers, retransmissions included.",
    better: "lower",
    of: ({ network }) => network.bytesSent,
  },
  {
    name: "payload_bytes",
    unit: "B",
    summary: "Bytes that programs gave to their transports, each counted once however often it was sent.",
    of: ({ network }) => network.payloadBytes,
  },
  {
    name: "bytes_per_delivered",
    unit: "B",
    summary: "bytes_sent over delivered.",
    better: "lower",
    of: ({ network, pairs }) => ratio(network.bytesSent, pairs.delivered),
  },
  {
    name: "packets_per_delivered",
    unit: "",
    summary: "packets_sent over delivered.",
    better: "lower",
    of: ({ network, pairs }) => ratio(network.packetsSent, pairs.delivered),
  },
  {
    name: "retransmissions",
    unit: "",
    summary: "Packets that the transport sent again; the protocols above count their own.",
    better: "lower",
    of: ({ network }) => network.retransmissions,
  },
  {
    name: "connects",
    unit: "",
    summary: "Channels that programs asked for.",
    of: ({ network }) => network.connects,
  },
  {
    name: "reconnects",
    unit: "",
    summary: "Those of them that were not the first to their target.",
    of: ({ network }) => network.reconnects,
  },
];

function latencies(
  name: string,
  until: string,
  histogramOf: (measurements: Measurements) => Histogram,
): Definition[] {
  const metric = (
    suffix: string,
    summary: string,
    read: (histogram: Histogram) => number | undefined,
  ): Definition => ({
    name: `${name}_${suffix}_ms`,
    unit: "ms",
    summary: `${summary} of the time from publication to ${until}.`,
    better: "lower",
    of: (measurements) => {
      const nanoseconds = read(histogramOf(measurements));
      return nanoseconds === undefined ? null : nanoseconds / NANOSECONDS_PER_MS;
    },
  });
  return [
    metric("mean", "Mean", (histogram) => histogram.mean()),
    metric("p50", "Median (within 0.1 %)", (histogram) => histogram.quantile(50, 100)),
    metric("p90", "90th percentile (within 0.1 %)", (histogram) => histogram.quantile(90, 100)),
    metric("p99", "99th percentile (within 0.1 %)", (histogram) => histogram.quantile(99, 100)),
    metric("max", "Maximum", (histogram) => (histogram.count === 0 ? undefined : histogram.max)),
  ];
}

function ratio(part: number, whole: number): MetricValue {
  return whole === 0 ? null : part / whole;
}

/** The built-in metrics in the order in which they are shown. Messages published during warm-up do not count. */
export const BUILT_IN_METRICS: readonly BuiltInMetric[] = DEFINITIONS.map(({ of: _of, ...metric }) => metric);

interface LogDefinition extends BuiltInMetric {
  readonly of: (log: LogHistory) => MetricValue;
}

const LOG_DEFINITIONS: readonly LogDefinition[] = [
  {
    name: "polled",
    unit: "",
    summary: "Records that polls returned to applications, repetitions included.",
    of: (log) => log.polls,
  },
  lag("p50", "Median (within 0.1 %)", (histogram) => histogram.quantile(50, 100)),
  lag("p99", "99th percentile (within 0.1 %)", (histogram) => histogram.quantile(99, 100)),
  lag("max", "Maximum", (histogram) => (histogram.count === 0 ? undefined : histogram.max)),
  {
    name: "owner_overlap_ms",
    unit: "ms",
    summary: "Time that partitions had more than one owner in a group, all partitions and groups together.",
    better: "lower",
    of: (log) => log.ownerOverlap / NANOSECONDS_PER_MS,
  },
  {
    name: "unowned_ms",
    unit: "ms",
    summary:
      "Time that partitions that had an owner in a group had none, all partitions and groups together.",
    better: "lower",
    of: (log) => log.unowned / NANOSECONDS_PER_MS,
  },
  {
    name: "group_standstill_ms",
    unit: "ms",
    summary: "Time that groups whose members had owned partitions owned none at all, all groups together.",
    better: "lower",
    of: (log) => log.standstill / NANOSECONDS_PER_MS,
  },
  {
    name: "group_lag_max",
    unit: "",
    summary:
      "Most records by which a group was behind at a time: from the offset that it had committed to the end of " +
      "the log, all of its partitions together.",
    better: "lower",
    of: (log) => log.lagMax,
  },
  {
    name: "processed_missing",
    unit: "",
    summary:
      "Acknowledged records from which a recipient got nothing, of those that an application was to make something " +
      "from, a recipient each.",
    better: "lower",
    of: (log) => log.processed.missing,
  },
  {
    name: "processed_repeated",
    unit: "",
    summary:
      "Records that a recipient got beyond the first that was made from the same one, a recipient each.",
    better: "lower",
    of: (log) => log.processed.repeated,
  },
];

function lag(suffix: string, summary: string, read: (lag: Histogram) => number | undefined): LogDefinition {
  return {
    name: `realtime_lag_${suffix}_ms`,
    unit: "ms",
    summary:
      `${summary} of the time from a record's acknowledgement to the first poll that returned it, ` +
      `0 where the poll came first.`,
    better: "lower",
    of: ({ realtimeLag }) => {
      const nanoseconds = read(realtimeLag);
      return nanoseconds === undefined ? null : nanoseconds / NANOSECONDS_PER_MS;
    },
  };
}

/** What runs with partitioned logs have beside those. Records of the warm-up count. */
export const LOG_METRICS: readonly BuiltInMetric[] = LOG_DEFINITIONS.map(({ of: _of, ...metric }) => metric);

/** The values of all built-in metrics, by name. */
export function measure(measurements: Measurements): Record<string, MetricValue> {
  const values: Record<string, MetricValue> = {};
  for (const { name, of } of DEFINITIONS) values[name] = of(measurements);
  const { log } = measurements;
  if (log !== undefined) for (const { name, of } of LOG_DEFINITIONS) values[name] = of(log);
  return values;
}
