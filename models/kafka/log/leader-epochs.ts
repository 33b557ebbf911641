/** The offsets at which leader epochs begin in a log [KIP-101]; what stands in its leader-epoch-checkpoint. */
import { type EpochEnd, NO_EPOCH } from "../protocol/messages.js";

export interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

export class LeaderEpochs {
  readonly #starts: EpochStart[];

  constructor(found: readonly EpochStart[]) {
    this.#starts = [...found];
  }

  get starts(): readonly EpochStart[] {
    return this.#starts;
  }

  get latest(): number {
    return this.#starts.at(-1)?.epoch ?? NO_EPOCH;
  }

  /**
   * Batches of `epoch` begin at `startOffset`, unless they have begun before. What was noted of later batches or
   * epochs is void. True when anything changed.
   */
  begin(epoch: number, startOffset: number): boolean {
    const last = this.#starts.at(-1);
    if (last?.epoch === epoch && startOffset >= last.startOffset) return false;
    while (this.#starts.some((each) => each.epoch >= epoch || each.startOffset >= startOffset)) {
      this.#starts.pop();
    }
    this.#starts.push({ epoch, startOffset });
    return true;
  }

  /** The log now ends at `offset`: an epoch that began there without a batch may be one that the leader never had. */
  endAt(offset: number): void {
    while ((this.#starts.at(-1)?.startOffset ?? -1) >= offset) this.#starts.pop();
  }

  /** The log now starts at `offset`: of the epochs before it, the last one begins there. */
  startAt(offset: number): void {
    let gone = 0;
    while ((this.#starts[gone]?.startOffset ?? Infinity) <= offset) gone++;
    const last = this.#starts[gone - 1];
    if (last !== undefined) this.#starts.splice(0, gone, { epoch: last.epoch, startOffset: offset });
  }

  /** The latest epoch not above `epoch` that is known, and where it ends in a log that ends at `logEnd` [KIP-279]. */
  endOf(epoch: number, logEnd: number): EpochEnd {
    if (epoch === NO_EPOCH) return { epoch: NO_EPOCH, endOffset: NO_EPOCH };
    if (epoch === this.latest) return { epoch, endOffset: logEnd };
    const next = this.#starts.findIndex((each) => each.epoch > epoch);
    if (next < 0) return { epoch: NO_EPOCH, endOffset: NO_EPOCH };
    const { startOffset } = this.#starts[next] as EpochStart;
    return { epoch: this.#starts[next - 1]?.epoch ?? epoch, endOffset: startOffset };
  }
}
