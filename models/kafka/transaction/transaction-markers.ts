/**
 * A coordinator's second phase: markers to the leaders of all partitions of a transaction, again and again until each
 * has its own. One request to a broker at a time carries what there is for it.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { BrokerConfig } from "../broker/broker-config.js";
import { LANE } from "../broker/broker-links.js";
import { BROKER_TIMER } from "../broker/broker-sink.js";
import type { CoordinatorHost } from "../broker/coordinators.js";
import { type Response, request } from "../protocol/frames.js";
import { type KafkaError, type MarkerOrder, NO_LEADER } from "../protocol/messages.js";
import type { Entry } from "./transaction-store.js";

/** Somebody else ends the producer's transactions, or this one ended long ago: no use in trying again. */
const FINAL: readonly KafkaError[] = ["INVALID_PRODUCER_EPOCH", "TRANSACTION_COORDINATOR_FENCED"];

interface Order {
  readonly entry: Entry;
  readonly marker: MarkerOrder;
}

export class TransactionMarkers {
  readonly #host: CoordinatorHost;
  readonly #config: BrokerConfig;
  readonly #marked: (entry: Entry, now: Instant) => void;
  /** By broker: transactions with a marker to be sent there, and whether a request is under way. */
  readonly #brokers = new Map<number, { readonly waiting: Set<Entry>; busy: boolean }>();
  /** Those of which some marker is to be tried again later. */
  readonly #later = new Set<Entry>();

  /** `marked` is told when all markers of a transaction are written. */
  constructor(host: CoordinatorHost, config: BrokerConfig, marked: (entry: Entry, now: Instant) => void) {
    this.#host = host;
    this.#config = config;
    this.#marked = marked;
  }

  /** The transaction's end is decided. */
  send(entry: Entry, now: Instant): void {
    entry.unmarked.clear();
    const { partitions } = entry.state;
    const marked = this.#config.rules.marksAllPartitions ? partitions : partitions.slice(0, 1);
    for (const partition of marked) entry.unmarked.add(partition);
    this.#dispatch(entry, now);
  }

  /** No markers of the transaction any more: another broker coordinates it. */
  drop(entry: Entry): void {
    entry.unmarked.clear();
    this.#later.delete(entry);
    for (const { waiting } of this.#brokers.values()) waiting.delete(entry);
  }

  /** Goes on with the transaction after a while: with its markers, or with what comes after them. */
  tryLater(entry: Entry, now: Instant): void {
    this.#later.add(entry);
    this.#host.setTimer(BROKER_TIMER.markerRetry, 0, after(now, this.#config.connection.reconnectBackoff));
  }

  retry(now: Instant): void {
    const entries = [...this.#later];
    this.#later.clear();
    for (const entry of entries) this.#dispatch(entry, now);
  }

  forget(): void {
    this.#brokers.clear();
    this.#later.clear();
  }

  #dispatch(entry: Entry, now: Instant): void {
    if (entry.unmarked.size === 0) return this.#marked(entry, now);
    const leaders = new Set<number>();
    for (const partition of entry.unmarked) leaders.add(this.#leaderOf(partition));
    for (const leader of leaders) {
      if (leader === NO_LEADER) this.tryLater(entry, now);
      else {
        let broker = this.#brokers.get(leader);
        if (broker === undefined) this.#brokers.set(leader, (broker = { waiting: new Set(), busy: false }));
        broker.waiting.add(entry);
      }
    }
    for (const leader of leaders) if (leader !== NO_LEADER) this.#ask(leader, now);
  }

  #ask(leader: number, now: Instant): void {
    const broker = this.#brokers.get(leader);
    if (broker === undefined || broker.busy || broker.waiting.size === 0) return;
    const orders: Order[] = [];
    for (const entry of broker.waiting) {
      const order = this.#order(entry, leader);
      // Its leader may have changed while it waited.
      if (order.marker.partitions.length > 0) orders.push(order);
      else this.tryLater(entry, now);
    }
    broker.waiting.clear();
    if (orders.length === 0) return;
    broker.busy = true;
    const markers = orders.map(({ marker }) => marker);
    const frame = request("WriteTxnMarkers", { markers }, this.#config.host.length);
    this.#host.ask(
      LANE.markers,
      leader,
      frame,
      (answer, at) => {
        broker.busy = false;
        this.#answered(orders, answer, at);
        this.#ask(leader, at);
      },
      now,
    );
  }

  #order(entry: Entry, leader: number): Order {
    const { producerId, producerEpoch, status } = entry.state;
    const partitions = [...entry.unmarked].filter((partition) => this.#leaderOf(partition) === leader);
    const { coordinatorEpoch } = entry;
    const committed = status === "prepare-commit";
    return { entry, marker: { producerId, producerEpoch, committed, coordinatorEpoch, partitions } };
  }

  #answered(orders: readonly Order[], answer: Response | undefined, now: Instant): void {
    const told = answer?.api === "WriteTxnMarkers" ? answer.body.markers : undefined;
    orders.forEach(({ entry, marker }, place) => {
      // Another one may coordinate it by now.
      if (entry.unmarked.size === 0) return;
      let fenced = false;
      marker.partitions.forEach((partition, index) => {
        const error = told?.[place]?.results[index]?.error;
        if (error === "NONE") entry.unmarked.delete(partition);
        else if (error !== undefined && FINAL.includes(error)) fenced = true;
        else this.tryLater(entry, now);
      });
      if (fenced) this.drop(entry);
      else if (entry.unmarked.size === 0) this.#marked(entry, now);
    });
  }

  #leaderOf(partition: number): number {
    const { partitions } = this.#host.cluster;
    return partitions.find((state) => state.partition === partition)?.leader ?? NO_LEADER;
  }
}
