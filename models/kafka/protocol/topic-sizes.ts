/** Sizes that requests and responses of several kinds share: lists of partitions by topic. */
import { ONE, UUID, compactBytes, compactLengthBytes } from "./wire-size.js";

/** The topic of a query by name; names are short, their length is taken as this many bytes. */
export const TOPIC_NAME_BYTES = 6;
/** `localhost`, or a short name with a domain. */
export const HOST_BYTES = 9;

/** One topic with so many partitions, `bytes` together, or none when there are none (KIP-227: nothing has changed). */
export function topicsById(partitions: number, bytes: number): number {
  if (partitions === 0) return compactLengthBytes(0);
  return compactLengthBytes(1) + UUID + compactLengthBytes(partitions) + bytes + ONE;
}

/** One topic with so many partitions of `each` bytes. */
export function topicsByName(partitions: number, each: number): number {
  return (
    compactLengthBytes(1) +
    compactBytes(TOPIC_NAME_BYTES) +
    compactLengthBytes(partitions) +
    partitions * each +
    ONE
  );
}
