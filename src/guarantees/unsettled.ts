/**
 * The messages whose story is not over: not acknowledged yet, or owed to somebody who has not got them. At the
 * end the lost ones are among them, with all that is known of them.
 */
import type { PublishedMessage } from "./stream.js";

const FEW = 1024;
/** Beyond this many, the latest are forgotten: a witness needs the first. */
const KEPT_MAX = 65_536;

export class Unsettled {
  #messages: PublishedMessage[] = [];
  #limit: number = FEW;

  add(message: PublishedMessage): void {
    this.#messages.push(message);
    if (this.#messages.length >= this.#limit) this.#clear();
  }

  /** The unsettled messages in the order of their publication. */
  all(): readonly PublishedMessage[] {
    return this.#messages;
  }

  #clear(): void {
    const kept = this.#messages.filter(isUnsettled);
    if (kept.length > KEPT_MAX) kept.length = KEPT_MAX;
    this.#messages = kept;
    this.#limit = Math.max(FEW, 2 * kept.length);
  }
}

function isUnsettled(message: PublishedMessage): boolean {
  if (message.acknowledgedAt < 0) return message.failedAt < 0;
  const { index } = message;
  for (const pair of message.stream.pairs) if (!pair.has(index) && pair.owes(index)) return true;
  return false;
}
