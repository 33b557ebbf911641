/**
 * What an application does with the records that it polls, beyond taking its time over each. Without a worker it only
 * looks at them. While a worker says `later` (or false) the application is at that and nothing else, outside poll, until
 * it has `Consumer.resume` called, which never happens before the call in which it said so has returned.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { PolledRecord } from "./position.js";

/** How far the work on a record is. `dropped`: it is over, and the record does not count as delivered. */
export type Progress = "done" | "dropped" | "later";

/** What a worker does not say is as if it had nothing to do there. */
export interface Worker {
  /** Inside poll, before it returns anything: false if there is something to be done first. */
  polling(now: Instant): boolean;
  /** The time that the record takes is over. */
  work(message: Message, record: PolledRecord, now: Instant): Progress;
  /** All that the last poll returned was worked on: false if there is something to be done before the next one. */
  concluding?(now: Instant): boolean;
  /** A partition is its own from now on. Inside poll: `polling` comes before any of its records. */
  assigned?(partition: string, now: Instant): void;
  /** Partitions are about to be given up. Calls `then` once nothing of theirs is open, perhaps at once. */
  revoking?(then: (now: Instant) => void, now: Instant): void;
  /** A partition is not its own any more, given up or lost. */
  revoked?(partition: string, now: Instant): void;
  /** The application ends, by itself or because its process does: nothing that is open will be gone on with. */
  ended?(now: Instant): void;
}
