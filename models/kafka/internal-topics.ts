/** The topics in which coordinators keep their state, and which of their partitions a key belongs to. */
import type { CoordinatorKind } from "./protocol/messages.js";

export const INTERNAL_TOPIC: Readonly<Record<CoordinatorKind, string>> = {
  group: "__consumer_offsets",
  transaction: "__transaction_state",
};

const MULTIPLIER = 31;
const NOT_NEGATIVE = 0x7fffffff;

/** `Utils.abs(key.hashCode()) % count`, where Java's hash of a string is that of its UTF-16 units. */
export function partitionOfCoordinator(key: string, count: number): number {
  let hash = 0;
  for (let place = 0; place < key.length; place++) {
    hash = (Math.imul(hash, MULTIPLIER) + key.charCodeAt(place)) | 0;
  }
  return (hash & NOT_NEGATIVE) % count;
}
