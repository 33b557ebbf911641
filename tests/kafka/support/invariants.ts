/**
 * Invariants of replication, held against the state of all brokers whenever it is looked at: those that the TLA+
 * models of Kafka's replication check.
 */
import type { Assembly } from "../../../src/scenario/index.js";
import type { PartitionState } from "../../../models/kafka/protocol/messages.js";
import type { StoredBatch } from "../../../models/kafka/protocol/record-batch.js";
import type { Held, HeldBy } from "./held.js";
import { StorageInvariants } from "./storage-invariants.js";

export class Invariants {
  /** By name, how often each was broken. */
  readonly broken = new Map<string, number>();
  /** How often a leader was looked at that another one had preceded. */
  successions = 0;
  readonly #assembly: Assembly;
  /** By partition: what was below a high watermark, in order. */
  readonly #committed = new Map<string, StoredBatch[]>();
  readonly #watermarks = new Map<string, number>();
  readonly #storage = new StorageInvariants((name, holds) => this.#expect(name, holds));

  constructor(assembly: Assembly) {
    this.#assembly = assembly;
  }

  look(): void {
    const { residents, simulation } = this.#assembly;
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
      const replicas = held.flatMap(({ id, life, replicas: all }): HeldBy[] => {
        const replica = all.find((each) => each.partition === partition);
        return replica === undefined ? [] : [{ id, life, replica }];
      });
      this.#expect("LeaderInIsr", state.leader < 0 || state.isr.includes(state.leader));
      for (const { life, replica } of replicas) this.#watermark(life, replica);
      this.#logsMatch(
        replicas.map(({ replica }) => replica),
        state.log.compacts,
      );
      const leader = replicas.find(({ id, replica }) => {
        return id === state.leader && replica.leads && replica.leaderEpoch === state.leaderEpoch;
      });
      if (leader === undefined) continue;
      this.#leaderComplete(partition, leader.replica, state.log.compacts);
      const inSync = replicas.filter(
        ({ id, replica }) => state.isr.includes(id) && replica.leaderEpoch === state.leaderEpoch,
      );
      const all = inSync.every(({ replica }) => replica.logEndOffset >= leader.replica.highWatermark);
      this.#expect("IsrComplete", all);
      this.#storage.look(state, leader, inSync, this.#committed.get(partition) ?? [], simulation.now);
    }
  }

  #watermark(
    life: string,
    { partition, leaderEpoch, highWatermark, logStartOffset, logEndOffset }: Held,
  ): void {
    this.#expect("ValidLogStart", logStartOffset <= highWatermark);
    this.#expect("ValidHighWatermark", highWatermark <= logEndOffset);
    const key = `${life} ${partition} ${leaderEpoch}`;
    this.#expect("MonotonicHighWatermark", highWatermark >= (this.#watermarks.get(key) ?? 0));
    this.#watermarks.set(key, highWatermark);
  }

  /**
   * Where two logs have a batch of one epoch at one offset, it is the same, and so is all before it that both still
   * have to have.
   */
  #logsMatch(replicas: readonly Held[], compacts: boolean): void {
    for (const one of replicas) {
      for (const other of replicas) {
        if (one === other) continue;
        const others = new Map(other.log.map((stored) => [stored.baseOffset, stored]));
        let place = one.log.length - 1;
        while (place >= 0 && !areAlike(one.log[place], others.get(one.log[place]?.baseOffset ?? -1))) place--;
        for (let before = place; before >= 0; before--) {
          const stored = one.log[before] as StoredBatch;
          const twin = others.get(stored.baseOffset);
          if (twin === undefined && (compacts || stored.endOffset <= (other.log[0]?.baseOffset ?? 0)))
            continue;
          const same = twin?.batch === stored.batch && areAlike(stored, twin);
          this.#expect("LogMatching", same);
          if (!same) break;
        }
      }
    }
  }

  /** Whatever was committed once is in the log of the leader, where it was, unless its time is over. */
  #leaderComplete(
    partition: string,
    { log, highWatermark, logStartOffset, leaderEpoch }: Held,
    compacts: boolean,
  ): void {
    let committed = this.#committed.get(partition);
    if (committed === undefined) this.#committed.set(partition, (committed = []));
    if (leaderEpoch > 0) this.successions++;
    const held = new Map(log.map((stored) => [stored.baseOffset, stored.batch]));
    for (const { baseOffset, endOffset, batch } of committed.slice(-50)) {
      if (compacts || endOffset <= logStartOffset) continue;
      this.#expect("LeaderCompleteness", held.get(baseOffset) === batch);
    }
    const known = committed.at(-1)?.endOffset ?? 0;
    for (const stored of log) {
      if (stored.baseOffset >= known && stored.endOffset <= highWatermark) committed.push(stored);
    }
  }

  #expect(name: string, holds: boolean): void {
    if (!holds) this.broken.set(name, (this.broken.get(name) ?? 0) + 1);
  }
}

function areAlike(one: StoredBatch | undefined, other: StoredBatch | undefined): boolean {
  return one?.baseOffset === other?.baseOffset && one?.leaderEpoch === other?.leaderEpoch;
}
