/**
 * A processor that writes, waits until all that it has written is acknowledged, and commits how far it has read then
 * (StreamThread, at_least_once). What it had not committed when it died, or lost, is read and written again.
 */
import { type Duration, type Instant, after } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { PolledRecord } from "../consumer/position.js";
import type { Progress as WorkProgress, Worker } from "../consumer/worker.js";
import type { KafkaError } from "../protocol/messages.js";
import { type Place, type ProcessorCounts, type ProcessorHost, Progress } from "./processing.js";

export interface AtLeastOnceConfig {
  readonly commitInterval: Duration;
}

/** What it commits with, beside what every processor has. */
export interface CommittingHost extends ProcessorHost {
  commitPlaces(places: readonly Place[], done: (error: KafkaError, now: Instant) => void, now: Instant): void;
}

export class AtLeastOnce implements Worker {
  readonly #config: AtLeastOnceConfig;
  readonly #host: CommittingHost;
  readonly #progress = new Progress();
  #commits = 0;
  #committing = false;
  /** Something that it made is not in the log, as far as it knows. */
  #failed = false;
  #resumes = false;
  /** Told when what is being committed is. */
  #then: ((now: Instant) => void) | undefined;
  /** Lives of the application: what comes of an earlier one does not count. */
  #life = 0;

  constructor(config: AtLeastOnceConfig, host: CommittingHost) {
    this.#config = config;
    this.#host = host;
  }

  get counts(): ProcessorCounts {
    return { commits: this.#commits, uncommitted: this.#progress.records };
  }

  // Worker

  polling(now: Instant): boolean {
    if (!this.#committing && this.#isDue(now)) this.#commit(now);
    if (!this.#committing) return true;
    this.#resumes = true;
    return false;
  }

  work(message: Message, record: PolledRecord, now: Instant): WorkProgress {
    const life = this.#life;
    this.#host.make(
      message,
      record.key,
      () => undefined,
      (outcome) => {
        if (outcome !== "acknowledged" && life === this.#life) this.#failed = true;
      },
      now,
    );
    const first = this.#progress.since === undefined;
    this.#progress.done(record, now);
    if (first) this.#host.wakeAt(after(now, this.#config.commitInterval));
    return "done";
  }

  revoking(then: (now: Instant) => void, now: Instant): void {
    if (this.#progress.records === 0) return then(now);
    this.#then = then;
    if (!this.#committing) this.#commit(now);
  }

  revoked(partition: string): void {
    this.#progress.drop(partition);
  }

  ended(): void {
    this.#life++;
    this.#progress.clear();
    this.#committing = false;
    this.#failed = false;
    this.#resumes = false;
    this.#then = undefined;
  }

  #isDue(now: Instant): boolean {
    const { since } = this.#progress;
    if (this.#failed) return true;
    return since !== undefined && now >= after(since, this.#config.commitInterval);
  }

  #commit(now: Instant): void {
    const life = this.#life;
    this.#committing = true;
    this.#host.flush((at) => {
      if (life === this.#life) this.#flushed(at);
    }, now);
  }

  #flushed(now: Instant): void {
    if (this.#failed) {
      // TaskCorruptedException: what is not in the log is made again from what was committed last.
      this.#failed = false;
      this.#progress.clear();
      this.#host.rewind(now);
      return this.#over(now);
    }
    const { places } = this.#progress;
    this.#progress.clear();
    if (places.length === 0) return this.#over(now);
    const life = this.#life;
    this.#host.commitPlaces(
      places,
      (error, at) => {
        if (life !== this.#life) return;
        if (error === "NONE") this.#commits++;
        else this.#keep(places, at);
        this.#over(at);
      },
      now,
    );
  }

  /** Tries again another time, as long as the partitions are its own. */
  #keep(places: readonly Place[], now: Instant): void {
    this.#progress.keep(places, now);
    this.#host.wakeAt(after(now, this.#config.commitInterval));
  }

  #over(now: Instant): void {
    const [then, resumes] = [this.#then, this.#resumes];
    this.#committing = false;
    this.#then = undefined;
    this.#resumes = false;
    then?.(now);
    if (resumes) this.#host.resume(now);
  }
}
