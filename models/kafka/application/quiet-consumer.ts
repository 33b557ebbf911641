/**
 * A consumer that reads for its program's own sake, such as the offsets that it has stored or the events that its state
 * is made of: nobody is promised what it reads, and it reads it again whenever it starts.
 */
import type { Instant } from "../../../src/kernel/index.js";
import { ConsumerProgram } from "../consumer/consumer-program.js";

export class QuietConsumer extends ConsumerProgram {
  override start(now: Instant): void {
    this.machine.start(now);
  }

  override polled(): void {}
  override delivered(): void {}
  override known(): void {}
  override positioned(): void {}
  override ready(): void {}
  override reportHeld(): void {}
}
