/** A leader's part in the end of transactions: writes the markers that coordinators send [KIP-98]. */
import type { Instant } from "../../../src/kernel/index.js";
import { type Request, type Response, response } from "../protocol/frames.js";
import type { KafkaError, MarkerOrder } from "../protocol/messages.js";
import { markerBatch } from "../protocol/record-batch.js";
import { MARKER_BATCH_BYTES } from "../protocol/transaction-sizes.js";
import type { BrokerConfig } from "./broker-config.js";
import type { DurableAppends } from "./durable-appends.js";

/** Told of each marker that is committed. */
export type Ended = (partition: number, producerId: number, committed: boolean, now: Instant) => void;

/** What it needs of its broker. */
export interface MarkerHost {
  readonly append: DurableAppends["append"];
  reply(connection: number, answer: Response | undefined, now: Instant): void;
}

export class MarkerWriter {
  readonly #host: MarkerHost;
  readonly #config: BrokerConfig;
  readonly #ended: Ended;

  constructor(host: MarkerHost, config: BrokerConfig, ended: Ended) {
    this.#host = host;
    this.#config = config;
    this.#ended = ended;
  }

  /** False: no request of its kind. Answers when every marker is committed, or is not to be. */
  received(connection: number, request: Request, now: Instant): boolean {
    if (request.api !== "WriteTxnMarkers") return false;
    const { markers } = request.body;
    const outcomes = markers.map(({ partitions }) => new Array<KafkaError>(partitions.length).fill("NONE"));
    let left = markers.reduce((sum, { partitions }) => sum + partitions.length, 0);
    const finish = (at: Instant): void => {
      const results = markers.map(({ producerId, partitions }, place) => ({
        producerId,
        results: partitions.map((partition, index) => {
          return { partition, error: outcomes[place]?.[index] ?? "NONE" };
        }),
      }));
      this.#host.reply(connection, response("WriteTxnMarkers", { markers: results }), at);
    };
    markers.forEach((marker, place) => {
      marker.partitions.forEach((partition, index) => {
        const written = (error: KafkaError, at: Instant): void => {
          (outcomes[place] as KafkaError[])[index] = error;
          if (error === "NONE") this.#ended(partition, marker.producerId, marker.committed, at);
          if (--left === 0) finish(at);
        };
        this.#write(partition, marker, written, now);
      });
    });
    if (markers.length === 0) finish(now);
    return true;
  }

  #write(
    partition: number,
    marker: MarkerOrder,
    written: (error: KafkaError, now: Instant) => void,
    now: Instant,
  ): void {
    const batch = markerBatch(marker, marker, MARKER_BATCH_BYTES, now);
    this.#host.append(partition, batch, this.#config.connection.requestTimeout, written, now);
  }
}
