/** Where a consumer is in one partition. */
import { type Instant, NEVER } from "../../../src/kernel/index.js";
import { NO_EPOCH, type OffsetQuery, type PartitionState } from "../protocol/messages.js";

/** What is to be found out before it can read: what was committed, where to begin, or whether its records still exist. */
export type Needs = "committed" | "offset" | "validation" | "nothing" | "everything";

export class Position {
  readonly partition: number;
  readonly topic: string;
  readonly index: number;
  /** As the history calls the partition. */
  readonly name: string;
  needs: Needs = "offset";
  /** While it needs an offset: which one, and why. */
  query: OffsetQuery["position"] = "latest";
  why = 0;
  /** Of the next record that poll returns. */
  offset = 0;
  /** The application is done with what is below, and the group knows that as far as `committed`. */
  done = 0;
  committed = 0;
  /** How far records were fetched, polled or not. */
  fetched = 0;
  /** Epoch of the last record that was read. */
  epoch: number = NO_EPOCH;
  /** Leader epoch that the position was last held against. */
  validatedIn: number;
  highWatermark = 0;
  /** It was told the high watermark since it went to where it reads from. */
  told = false;
  /** As fetched last, and of which broker; -1: not since the connection was made. */
  asked = -1;
  askedOf = -1;
  /** Not asked for before this instant. */
  notBefore: Instant = 0;
  /** Its records wait to be polled. */
  buffered = false;
  /** It is being given up: nothing more is read. */
  leaving = false;
  /** The broker that it is read from instead of the leader, and how long; -1: none [KIP-392]. */
  #preferred = -1;
  #preferredUntil: Instant = 0;

  constructor({ partition, topic, index, leaderEpoch }: PartitionState) {
    this.partition = partition;
    this.topic = topic;
    this.index = index;
    this.name = `${topic}-${index}`;
    this.validatedIn = leaderEpoch;
  }

  get isKnown(): boolean {
    return this.needs === "nothing" || this.needs === "validation";
  }

  /** Offsets that the application is done with and that are not known to be committed. */
  get uncommitted(): number {
    return Math.max(0, this.done - this.committed);
  }

  /** The leader has it read from another broker. The lease goes on where that is no news. */
  prefer(broker: number, until: Instant): void {
    if (broker === this.#preferred) return;
    this.#preferred = broker;
    this.#preferredUntil = until;
  }

  /** The broker to read from instead of the leader; -1: none. */
  preferred(now: Instant): number {
    if (this.#preferred >= 0 && now > this.#preferredUntil) this.#preferred = -1;
    return this.#preferred;
  }

  /** It is read from the leader, until that says otherwise. True: it was not before. */
  readFromLeader(): boolean {
    const was = this.#preferred >= 0;
    this.#preferred = -1;
    return was;
  }

  /** All that it was last told of was polled. */
  get isAtEnd(): boolean {
    return this.isKnown && this.told && this.offset >= this.highWatermark;
  }

  /** A new leader may not have what was read from an older one [KIP-320]. */
  heed(leaderEpoch: number): void {
    if (leaderEpoch > this.validatedIn) this.readFromLeader();
    if (this.needs !== "nothing" || leaderEpoch <= this.validatedIn) return;
    if (this.epoch !== NO_EPOCH) this.needs = "validation";
    this.validatedIn = leaderEpoch;
  }

  /** It goes on elsewhere; what was asked for before does not count. */
  move(offset: number, epoch: number): void {
    this.needs = "nothing";
    this.told = false;
    this.offset = offset;
    this.done = offset;
    this.committed = offset;
    this.fetched = offset;
    this.epoch = epoch;
    this.asked = -1;
  }

  /** Where it goes on has to be asked for. */
  ask(query: OffsetQuery["position"], why: number): void {
    this.needs = "offset";
    this.query = query;
    this.why = why;
    this.epoch = NO_EPOCH;
    this.asked = -1;
  }

  /** There is nobody to say where it goes on: it never does. */
  stop(): void {
    this.needs = "everything";
    this.notBefore = NEVER;
  }
}

/** A record by where it stands. */
export interface PolledRecord {
  readonly position: Position;
  readonly offset: number;
  readonly key: string | undefined;
}
