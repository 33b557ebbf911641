/**
 * Invariants of replication, held against the state of all brokers whenever it is looked at: those that the TLA+
 * models of Kafka's replication check.
 */
import type { Assembly } from "../../../src/scenario/index.js";
import type { PartitionState } from "../../../models/kafka/protocol/messages.js";
import type { StoredBatch } from "../../../models/kafka/protocol/record-batch.js";

interface Held {
  readonly partition: string;
  readonly leads: boolean;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly logEndOffset: number;
  readonly log: readonly StoredBatch[];
}

export class Invariants {
  /** By name, how often each was broken. */
  readonly broken = new Map<string, number>();
  /** How often a leader was looked at that another one had preceded. */
  successions = 0;
  readonly #assembly: Assembly;
  /** By partition: what was below a high watermark, in order. */
  readonly #committed = new Map<string, StoredBatch[]>();
  readonly #watermarks = new Map<string, number>();

  constructor(assembly: Assembly) {
    this.#assembly = assembly;
  }

  look(): void {
    const { residents } = this.#assembly;
    const controller = residents.find(({ spec }) => spec.role === "kafka.controller");
    const decided = controller?.program.snapshot() as readonly PartitionState[];
    const brokers = residents.filter(({ spec, node }) => spec.role === "kafka.broker" && node.running);
    const held = brokers.map(({ node, program }) => ({
      id: node.index,
      life: `${node.name} ${node.incarnation}`,
      replicas: program.snapshot() as readonly Held[],
    }));
    for (const state of decided) {
      const partition = `${state.topic}-${state.index}`;
      const replicas = held.flatMap(({ id, life, replicas: all }) => {
        const replica = all.find((each) => each.partition === partition);
        return replica === undefined ? [] : [{ id, life, replica }];
      });
      this.#expect("LeaderInIsr", state.leader < 0 || state.isr.includes(state.leader));
      for (const { life, replica } of replicas) this.#watermark(life, replica);
      this.#logsMatch(replicas.map(({ replica }) => replica));
      const leader = replicas.find(({ id, replica }) => {
        return id === state.leader && replica.leads && replica.leaderEpoch === state.leaderEpoch;
      });
      if (leader === undefined) continue;
      this.#leaderComplete(partition, leader.replica);
      const inSync = replicas.filter(
        ({ id, replica }) => state.isr.includes(id) && replica.leaderEpoch === state.leaderEpoch,
      );
      const all = inSync.every(({ replica }) => replica.logEndOffset >= leader.replica.highWatermark);
      this.#expect("IsrComplete", all);
    }
  }

  #watermark(life: string, { partition, leaderEpoch, highWatermark, logEndOffset }: Held): void {
    this.#expect("ValidHighWatermark", highWatermark <= logEndOffset);
    const key = `${life} ${partition} ${leaderEpoch}`;
    this.#expect("MonotonicHighWatermark", highWatermark >= (this.#watermarks.get(key) ?? 0));
    this.#watermarks.set(key, highWatermark);
  }

  /** Where two logs have a batch of one epoch at one offset, it is the same, and so is all before it. */
  #logsMatch(replicas: readonly Held[]): void {
    for (const one of replicas) {
      for (const other of replicas) {
        if (one === other) continue;
        let place = Math.min(one.log.length, other.log.length) - 1;
        while (place >= 0 && !areAlike(one.log[place], other.log[place])) place--;
        for (let before = place; before >= 0; before--) {
          const same = one.log[before]?.batch === other.log[before]?.batch;
          this.#expect("LogMatching", same && areAlike(one.log[before], other.log[before]));
          if (!same) break;
        }
      }
    }
  }

  /** Whatever was committed once is in the log of the leader, where it was. */
  #leaderComplete(partition: string, { log, highWatermark, leaderEpoch }: Held): void {
    let committed = this.#committed.get(partition);
    if (committed === undefined) this.#committed.set(partition, (committed = []));
    if (leaderEpoch > 0) this.successions++;
    for (let place = Math.max(0, committed.length - 50); place < committed.length; place++) {
      this.#expect("LeaderCompleteness", log[place]?.batch === committed[place]?.batch);
    }
    for (let place = committed.length; place < log.length; place++) {
      const stored = log[place] as StoredBatch;
      if (stored.endOffset > highWatermark) break;
      committed.push(stored);
    }
  }

  #expect(name: string, holds: boolean): void {
    if (!holds) this.broken.set(name, (this.broken.get(name) ?? 0) + 1);
  }
}

function areAlike(one: StoredBatch | undefined, other: StoredBatch | undefined): boolean {
  return one?.baseOffset === other?.baseOffset && one?.leaderEpoch === other?.leaderEpoch;
}
