/**
 * What work costs a core. On a broker: a request, a batch in it, and its bytes; threads of all pools are cores. On a
 * client: a record. The defaults come from published measurements, see the model's page.
 */
import { type Duration, MICROSECOND, SECOND } from "../../src/kernel/index.js";
import type { InputTarget } from "../../src/host/index.js";
import type { OptionDescription, OptionValues } from "../../src/model/index.js";
import type { Request, Response } from "./protocol/frames.js";

export interface BrokerCosts {
  readonly request: Duration;
  readonly batch: Duration;
  /** Nanoseconds a byte. */
  readonly byte: number;
}

const BITS_PER_BYTE = 8;

export const BROKER_COST_OPTIONS: readonly OptionDescription[] = [
  {
    name: "cores",
    kind: "count",
    min: 1,
    default: 8,
    summary: "Requests that are worked on at a time.",
    source: "num.io.threads",
  },
  {
    name: "requestCost",
    kind: "duration",
    min: 0,
    default: 50 * MICROSECOND,
    summary: "What a request costs a core, or the answer to a follower's own.",
    source: "70 µs for a request with one small batch: see Cost",
  },
  {
    name: "batchCost",
    kind: "duration",
    min: 0,
    default: 20 * MICROSECOND,
    summary: "What each batch in it costs beside that.",
    source: "as above; how much of the 70 µs is the batch's is assumed",
  },
  {
    name: "byteRate",
    kind: "rate",
    min: 1,
    default: 16_000_000_000,
    summary: "How fast a core takes in the bytes of batches.",
    source: "assumed: two copies and a checksum, 2 GB/s",
  },
];

export function brokerCosts(options: OptionValues): BrokerCosts {
  return {
    request: options["requestCost"] as number,
    batch: options["batchCost"] as number,
    byte: (BITS_PER_BYTE * SECOND) / (options["byteRate"] as number),
  };
}

/** A broker that takes no time has no cores to run out of. */
export function brokerCores(options: OptionValues): number | undefined {
  const { request, batch } = brokerCosts(options);
  return request === 0 && batch === 0 ? undefined : (options["cores"] as number);
}

export function requestCost(costs: BrokerCosts, request: Request): Duration {
  if (request.api !== "Produce") return costs.request;
  let bytes = 0;
  for (const { batch } of request.body.batches) bytes += batch.bytes;
  return costOf(costs, request.body.batches.length, bytes);
}

/** What a follower has to do with what its leader has sent. */
export function answerCost(costs: BrokerCosts, response: Response): Duration {
  if (response.api !== "Fetch") return 0;
  let count = 0;
  let bytes = 0;
  for (const { batches } of response.body.results) {
    count += batches.length;
    for (const stored of batches) bytes += stored.bytes;
  }
  return costOf(costs, count, bytes);
}

function costOf({ request, batch, byte }: BrokerCosts, batches: number, bytes: number): Duration {
  return request + batches * batch + Math.round(bytes * byte);
}

export function recordCostOption(summary: string, cost: Duration, source: string): OptionDescription {
  return { name: "recordCost", kind: "duration", min: 0, default: cost, summary, source };
}

/** A client is one thread. */
export function clientCores(options: OptionValues): number | undefined {
  return options["recordCost"] === 0 ? undefined : 1;
}

/** What a consumer has to do with the records that it is sent. */
export function recordsCost(recordCost: Duration, response: Response): Duration {
  if (response.api !== "Fetch" || recordCost === 0) return 0;
  let records = 0;
  for (const { batches } of response.body.results) {
    for (const { batch } of batches) records += batch.count;
  }
  return records * recordCost;
}

/** Work that only takes its time: an input that costs what its content says, and does nothing. */
export const WORK: InputTarget<Duration> = {
  input: () => undefined,
  cost: (_code, duration) => duration,
};
