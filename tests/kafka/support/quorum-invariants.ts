/** Invariants of a quorum of controllers: those that Kafka's own simulation of its Raft checks. */
import type { ControllerSnapshot } from "../../../models/kafka/controller/controller.js";

export class QuorumInvariants {
  readonly #expect: (name: string, holds: boolean) => void;
  /** By place of the controller. */
  readonly #epochs: number[] = [];
  readonly #reached: number[] = [];
  /** Epoch → the controller that was active in it. */
  readonly #leaders = new Map<number, number>();
  /** Version of the metadata → what was committed as that. */
  readonly #committed = new Map<number, string>();

  constructor(expect: (name: string, holds: boolean) => void) {
    this.#expect = expect;
  }

  look(controllers: readonly ControllerSnapshot[]): void {
    if (controllers.length === 1) return;
    controllers.forEach(({ active, epoch, committed }, place) => {
      this.#expect("MonotonicEpoch", epoch >= (this.#epochs[place] ?? 0));
      this.#epochs[place] = epoch;
      if (active) {
        const leader = this.#leaders.get(epoch) ?? place;
        this.#expect("SingleLeader", leader === place);
        this.#leaders.set(epoch, leader);
      }
      const version = committed?.version ?? 0;
      this.#expect("MonotonicHighWatermark", version >= (this.#reached[place] ?? 0));
      if (version > (this.#reached[place] ?? 0)) {
        const content = JSON.stringify([committed?.versioned, [...(committed?.brokers ?? [])]]);
        const before = this.#committed.get(version) ?? content;
        this.#expect("ConsistentCommittedData", before === content);
        this.#committed.set(version, before);
      }
      this.#reached[place] = version;
    });
  }

  finish(controllers: readonly ControllerSnapshot[]): void {
    this.#expect("EventuallyActive", controllers.filter(({ active }) => active).length === 1);
  }
}
