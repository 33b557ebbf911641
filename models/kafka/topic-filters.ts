/**
 * How the history is told who wants what: a consumer without a group all of a topic, a group each of its partitions by
 * itself, since its members find out one by one where they begin.
 */

/** No topic's name has such a character in it. */
const SEPARATOR = "#";

export function partitionFilter(topic: string, index: number): string {
  return `${topic}${SEPARATOR}${index}`;
}

/** In the history a message's topic is its partition, such as `orders-0`: order is promised there and no further. */
export function matchesPartition(filter: string, partition: string): boolean {
  const separator = filter.indexOf(SEPARATOR);
  if (separator >= 0) return partition === `${filter.slice(0, separator)}-${filter.slice(separator + 1)}`;
  return partition.lastIndexOf("-") === filter.length && partition.startsWith(filter);
}
