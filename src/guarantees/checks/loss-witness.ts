/** The first message that was acknowledged and lost, with what is known of it. */
import type { HistoryEnd } from "../history-end.js";
import type { HistoryEvents } from "../history-events.js";
import type { Pair } from "../pair.js";
import type { PublishedMessage, Stream } from "../stream.js";
import type { HistoryEvent, Witness } from "../verdict.js";

export interface Loss {
  readonly pair: Pair;
  readonly index: number;
  /** The message itself, if it is among those that were kept. */
  readonly message: PublishedMessage | undefined;
}

/**
 * The first loss of a promise that `broken` recognises: in the order of publication among the messages that
 * were kept, else whatever `search` finds in the bits of a pair.
 */
export function firstLost(
  streams: readonly Stream[],
  end: HistoryEnd,
  broken: (pair: Pair, index: number) => boolean,
  search: (pair: Pair) => number | undefined,
): Loss | undefined {
  for (const message of end.unsettled()) {
    if (message.acknowledgedAt === undefined) continue;
    const { index, stream } = message;
    if (stream.compacted?.has(index) === true) continue;
    const pair = stream.pairs.find((each) => !each.has(index) && !each.holds(index) && broken(each, index));
    if (pair !== undefined) return { pair, index, message };
  }
  for (const stream of streams) {
    for (const pair of stream.pairs) {
      const index = search(pair);
      if (index !== undefined) return { pair, index, message: undefined };
    }
  }
  return undefined;
}

export function lossWitness(loss: Loss, fate: string, end: HistoryEnd, events: HistoryEvents): Witness {
  const { pair, message } = loss;
  const known: HistoryEvent[] = [];
  if (pair.entitledAt >= 0) known.push(events.subscription("subscribed", pair.recipient, pair.entitledAt));
  if (message?.acknowledgedAt !== undefined) {
    known.push(events.published(message), events.acknowledged(message, message.acknowledgedAt));
  }
  if (end.healedAt !== undefined && end.healedAt > 0) known.push(events.faultsHealed(end.healedAt));
  known.sort((a, b) => a.at - b.at);
  const name = events.numbered(pair.stream, loss.index);
  return {
    what: `${name} was acknowledged, ${fate} to ${events.node(pair.recipient)} and is held nowhere.`,
    events: [...known, events.ended(end.at)],
  };
}
