/**
 * Chooses the partitions of one topic's records: by the hash of the key; without a key the sticky one, until it has got
 * a batch's worth of bytes [KIP-794]; or each in turn. Where no key decides, partitions without a leader are passed over.
 */
import { partitionOfKey } from "../murmur2.js";
import { NO_LEADER } from "../protocol/messages.js";
import type { PartitionQueue } from "./partition-queue.js";

export interface PartitionerConfig {
  readonly partitioner: "default" | "round-robin";
  readonly adaptivePartitioning: boolean;
  readonly ignoreKeys: boolean;
  readonly batchSize: number;
}

export class Partitioner {
  /** The topic's partitions by index. */
  queues: readonly PartitionQueue[] = [];
  readonly #config: PartitionerConfig;
  /** Any of so many. */
  readonly #draw: (count: number) => number;
  readonly #inTurn: boolean;
  #next = 0;
  #sticky: PartitionQueue | undefined;
  #produced = 0;

  constructor(config: PartitionerConfig, draw: (count: number) => number) {
    this.#config = config;
    this.#draw = draw;
    this.#inTurn = config.partitioner === "round-robin";
  }

  /** The queue for a record with that key, if any; undefined: the partitions are not known. */
  choose(key: string | undefined): PartitionQueue | undefined {
    if (this.queues.length === 0) return undefined;
    if (this.#inTurn) return this.#takeTurn();
    if (key !== undefined && !this.#config.ignoreKeys) {
      return this.queues[partitionOfKey(key, this.queues.length)];
    }
    return (this.#sticky ??= this.#pick());
  }

  /** The queue of all records without a key, for now. */
  get sticky(): PartitionQueue | undefined {
    return this.queues.length === 0 ? undefined : this.#sticky;
  }

  /** As long as fewer bytes than these join a batch of it and do not fill it, the sticky queue stays. */
  get bytesToSticky(): number {
    return 2 * this.#config.batchSize - this.#produced;
  }

  /** Records of `bytes` have joined a batch of the queue that was chosen for them. */
  produced(queue: PartitionQueue, bytes: number): void {
    if (queue !== this.#sticky) return;
    const { batchSize } = this.#config;
    this.#produced += bytes;
    if (this.#produced < batchSize) return;
    // It stays until a batch is full, so that none is left behind in part, but not for more than two batches' worth.
    const isFull = queue.latest?.closed ?? true;
    if (!isFull && this.#produced < 2 * batchSize) return;
    this.#sticky = undefined;
    this.#produced = 0;
  }

  #takeTurn(): PartitionQueue | undefined {
    const among = this.#available();
    return among[this.#next++ % among.length];
  }

  /** Any of those that have a leader; the fewer batches wait for it, compared with others, the likelier it is. */
  #pick(): PartitionQueue | undefined {
    const among = this.#available();
    if (among.length < 2) return among[0];
    const most = this.#config.adaptivePartitioning ? mostWaiting(among) : 0;
    const weight = ({ batches }: PartitionQueue): number => (most === 0 ? 1 : most + 1 - batches.length);
    let left = this.#draw(among.reduce((sum, queue) => sum + weight(queue), 0));
    return among.find((queue) => (left -= weight(queue)) < 0);
  }

  #available(): readonly PartitionQueue[] {
    const led = this.queues.filter(({ state }) => state.leader !== NO_LEADER);
    return led.length > 0 ? led : this.queues;
  }
}

/** Most batches that wait for one of them; 0: as many for each. */
function mostWaiting(among: readonly PartitionQueue[]): number {
  const most = among.reduce((count, { batches }) => Math.max(count, batches.length), 0);
  return among.every(({ batches }) => batches.length === most) ? 0 : most;
}
