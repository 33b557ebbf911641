/**
 * Invariants of replication, held against the state of all brokers and controllers whenever it is looked at: those
 * that the TLA+ models of Kafka's replication and of KIP-966 check, by their names.
 */
import type { Assembly } from "../../../src/scenario/index.js";
import type { ControllerSnapshot } from "../../../models/kafka/controller/controller.js";
import type { PartitionState } from "../../../models/kafka/protocol/messages.js";
import type { StoredBatch } from "../../../models/kafka/protocol/record-batch.js";
import type { Held, HeldBy } from "./held.js";
import { QuorumInvariants } from "./quorum-invariants.js";
import { StorageInvariants } from "./storage-invariants.js";

/** How many batches below a high watermark are compared each time: those before were when they were new. */
const COMPARED = 30;

export class Invariants {
  /** By name, how often each was broken. */
  readonly broken = new Map<string, number>();
  /** How often a leader was looked at that another one had preceded. */
  successions = 0;
  readonly #assembly: Assembly;
  readonly #quorum: QuorumInvariants;
  readonly #storage: StorageInvariants;
  /** By partition: what was below a high watermark, in order. */
  readonly #committed = new Map<string, StoredBatch[]>();
  readonly #watermarks = new Map<string, number>();
  /** Last stable offsets of leaders. */
  readonly #stable = new Map<string, number>();

  constructor(assembly: Assembly) {
    this.#assembly = assembly;
    this.#storage = new StorageInvariants((name, holds) => this.#expect(name, holds));
    this.#quorum = new QuorumInvariants((name, holds) => this.#expect(name, holds));
  }

  look(): void {
    const placed = this.#replicas();
    const controllers = this.#controllers();
    this.#quorum.look(controllers);
    const { fenced, partitions } = latest(controllers);
    for (const state of partitions) {
      const partition = `${state.topic}-${state.index}`;
      const replicas = placed.filter(({ replica }) => replica.partition === partition);
      this.#controllerState(state, fenced);
      for (const { life, replica } of replicas) this.#watermark(life, replica);
      this.#logsMatch(
        replicas.map(({ replica }) => replica),
        state.log.compacts,
      );
      for (const one of replicas) if (one.replica.leads) this.#isrs(one.replica, replicas, state);
      const leader = replicas.find(({ id, replica }) => {
        return id === state.leader && replica.leads && replica.leaderEpoch === state.leaderEpoch;
      });
      if (leader !== undefined) this.#leader(state, leader, replicas);
      this.#candidates(state, replicas);
    }
  }

  /** Once faults have healed and time was given: everything is as it should be. */
  finish(): void {
    const controllers = this.#controllers();
    const { fenced, partitions, reassigning } = latest(controllers);
    const placed = this.#replicas();
    const brokers = this.#assembly.residents.filter(({ spec }) => spec.role === "kafka.broker");
    this.#expect(
      "EventuallyRuns",
      brokers.every(({ node }) => node.running),
    );
    this.#expect("EventuallyUnfenced", fenced.length === 0);
    this.#expect("EventuallyReassignmentCompletes", reassigning === 0);
    this.#quorum.finish(controllers);
    for (const state of partitions) {
      const replicas = placed.filter(({ replica }) => replica.partition === `${state.topic}-${state.index}`);
      const ends = new Set(replicas.map(({ replica }) => replica.logEndOffset));
      const reached = replicas.every(({ replica }) => replica.highWatermark === replica.logEndOffset);
      const everywhere = state.replicas.every((id) => replicas.some((one) => one.id === id));
      const all = state.isr.length === state.replicas.length && ends.size === 1;
      this.#expect("EventuallyAcknowledgedValueFullyReplicated", reached && everywhere && all);
      const agreed = replicas.every(({ replica }) => replica.leaderEpoch === state.leaderEpoch);
      this.#expect("EventuallyMetadataConverges", agreed && replicas.length === state.replicas.length);
    }
  }

  #controllers(): readonly ControllerSnapshot[] {
    const { residents } = this.#assembly;
    return residents
      .filter(({ spec }) => spec.role === "kafka.controller")
      .map(({ program, node }) => {
        const snapshot = program.snapshot() as ControllerSnapshot;
        return node.running ? snapshot : { ...snapshot, active: false };
      });
  }

  #replicas(): readonly HeldBy[] {
    const brokers = this.#assembly.residents.filter(
      ({ spec, node }) => spec.role === "kafka.broker" && node.running,
    );
    return brokers.flatMap(({ node, program }) => {
      const all = program.snapshot() as readonly Held[];
      return all.map((replica) => ({ id: node.index, life: `${node.name} ${node.incarnation}`, replica }));
    });
  }

  #controllerState(
    { leader, isr, elr, replicas, lastKnownLeader, minInsyncReplicas }: PartitionState,
    fenced: readonly number[],
  ): void {
    this.#expect("LeaderInIsr", leader < 0 || isr.includes(leader));
    this.#expect("ValidControllerState", !isr.some((id) => fenced.includes(id)));
    const members = [...isr, ...elr];
    const valid = members.every((id) => replicas.includes(id)) && new Set(members).size === members.length;
    const enough = isr.length >= Math.min(minInsyncReplicas, replicas.length);
    this.#expect("ValidControllerIsrAndElr", valid && !(enough && elr.length > 0));
    // Only the last leader is kept, where the TLA+ model keeps a quorum of last known replicas.
    this.#expect("MinIsrRecoveryQuorum", members.length > 0 || lastKnownLeader >= 0);
  }

  #leader(state: PartitionState, leading: HeldBy, replicas: readonly HeldBy[]): void {
    const { replica: leader } = leading;
    this.#leaderComplete(leader.partition, leader, state.log.compacts);
    const inSync = replicas.filter(
      ({ id, replica }) => state.isr.includes(id) && replica.leaderEpoch === state.leaderEpoch,
    );
    const all = inSync.every(({ replica }) => replica.logEndOffset >= leader.highWatermark);
    this.#expect("IsrComplete", all);
    const { now } = this.#assembly.simulation;
    this.#storage.look(state, leading, inSync, this.#committed.get(leader.partition) ?? [], now);
    if (leader.isr.length < Math.min(state.minInsyncReplicas, state.replicas.length)) return;
    const candidates = [...state.isr, ...state.elr];
    const superset = candidates.every((id) => leader.maximalIsr.includes(id));
    this.#expect("ReplicationQuorumSuperset", superset);
  }

  /** What a replica that takes itself for the leader believes to be committed is wherever it could be needed. */
  #isrs(leader: Held, replicas: readonly HeldBy[], state: PartitionState): void {
    for (const { id, replica } of replicas) {
      const has = hasCommitted(replica, leader, state.log.compacts);
      if (leader.isr.includes(id) && replica.leaderEpoch === leader.leaderEpoch) this.#expect("WeakIsr", has);
      if (state.isr.includes(id)) this.#expect("StrongIsr", has);
    }
  }

  /** Who may lead next has everything that was committed. */
  #candidates({ isr, elr, topic, index }: PartitionState, replicas: readonly HeldBy[]): void {
    const committed = this.#committed.get(`${topic}-${index}`)?.at(-1);
    if (committed === undefined) return;
    for (const { id, replica } of replicas) {
      if (!isr.includes(id) && !elr.includes(id)) continue;
      this.#expect("LeaderCandidateCompleteness", replica.logEndOffset >= committed.endOffset);
    }
    const running = this.#assembly.residents.every(
      ({ spec, node }) => spec.role !== "kafka.broker" || node.running,
    );
    if (!running || replicas.length < 3) return;
    const somewhere = replicas.some(({ replica }) => replica.logEndOffset >= committed.endOffset);
    this.#expect("NoCommittedRecordLostGlobally", somewhere);
  }

  #watermark(life: string, held: Held): void {
    const { partition, leads, leaderEpoch, highWatermark, lastStableOffset } = held;
    const { logStartOffset, logEndOffset } = held;
    this.#expect("ValidLogStart", logStartOffset <= highWatermark);
    this.#expect("ValidHighWatermark", highWatermark <= logEndOffset);
    const key = `${life} ${partition} ${leaderEpoch}`;
    this.#expect("MonotonicHighWatermark", highWatermark >= (this.#watermarks.get(key) ?? 0));
    this.#watermarks.set(key, highWatermark);
    this.#expect("ValidLastStableOffset", lastStableOffset <= highWatermark);
    if (!leads) return;
    this.#expect("MonotonicLastStableOffset", lastStableOffset >= (this.#stable.get(key) ?? 0));
    this.#stable.set(key, lastStableOffset);
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
      const there = held.get(baseOffset);
      this.#expect("LeaderCompleteness", there !== undefined);
      if (there !== undefined) this.#expect("ConsistentRead", there === batch);
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

/** What is decided: alone by the only controller, in a quorum by a majority. */
function latest(controllers: readonly ControllerSnapshot[]): {
  readonly partitions: readonly PartitionState[];
  readonly fenced: readonly number[];
  readonly reassigning: number;
} {
  const [only] = controllers;
  if (controllers.length === 1 && only !== undefined) return only;
  const [first] = [...controllers].sort((a, b) => (b.committed?.version ?? 0) - (a.committed?.version ?? 0));
  const partitions = first?.committed?.versioned.map(({ state }) => state) ?? [];
  const active = controllers.find(({ active }) => active);
  return { partitions, fenced: first?.fenced ?? [], reassigning: active?.reassigning ?? 0 };
}

/** Whether `replica` has what `leader` takes for committed: of that, the last batches, where it still has to have them. */
function hasCommitted(replica: Held, leader: Held, compacts: boolean): boolean {
  if (compacts) return true;
  const held = new Map(replica.log.map((stored) => [stored.baseOffset, stored.batch]));
  let place = leader.log.length - 1;
  while (place >= 0 && (leader.log[place] as StoredBatch).endOffset > leader.highWatermark) place--;
  for (let before = place; before > place - COMPARED && before >= 0; before--) {
    const { baseOffset, endOffset, batch } = leader.log[before] as StoredBatch;
    if (endOffset > replica.logStartOffset && held.get(baseOffset) !== batch) return false;
  }
  return true;
}

function areAlike(one: StoredBatch | undefined, other: StoredBatch | undefined): boolean {
  return one?.baseOffset === other?.baseOffset && one?.leaderEpoch === other?.leaderEpoch;
}
