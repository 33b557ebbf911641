/**
 * acknowledged-durable: what was acknowledged is not gone for good. Of the messages promised with quality 1 or
 * more, each acknowledged one has been delivered or is still held for its recipient, also while faults last.
 *
 * Unlike at-least-once, this counts the messages of sessions that the other side forgot although it had
 * promised to keep them (a broker that restarts without its store): the recipient's subscription ended there,
 * the publisher had been told before that its messages were safe.
 */
import type { HistoryEnd } from "../history-end.js";
import type { HistoryEvents } from "../history-events.js";
import { firstAcknowledgedLost, outstanding } from "../outstanding.js";
import type { Pair } from "../pair.js";
import type { Stream } from "../stream.js";
import type { CheckResult, Witness } from "../verdict.js";
import { firstLost, lossWitness } from "./loss-witness.js";
import { verdictOf } from "./verdict-of.js";

export function checkAcknowledgedDurable(
  streams: readonly Stream[],
  end: HistoryEnd,
  events: HistoryEvents,
): CheckResult {
  let atRisk = 0;
  let gone = 0;
  for (const stream of streams) {
    if (stream.acknowledged === undefined) continue;
    for (const pair of stream.pairs) {
      atRisk += pair.keptBefore;
      pair.eachReliable((from, to) => {
        const missing = outstanding(pair, from, to);
        atRisk += missing.acknowledged;
        gone += missing.acknowledgedLost;
      });
      for (const { from, to } of pair.forgotten ?? []) {
        const missing = outstanding(pair, from, to);
        atRisk += missing.acknowledgedLost + missing.acknowledgedLate;
        gone += missing.acknowledgedLost;
      }
    }
  }
  return verdictOf(
    "acknowledged-durable",
    atRisk,
    gone,
    0,
    gone > 0 ? show(streams, end, events) : undefined,
  );
}

function eachOwed(pair: Pair, visit: (from: number, to: number) => void): void {
  for (const { from, to } of pair.forgotten ?? []) visit(from, to);
  pair.eachReliable(visit);
}

function show(streams: readonly Stream[], end: HistoryEnd, events: HistoryEvents): Witness | undefined {
  const lost = firstLost(
    streams,
    end,
    (pair, index) => pair.owes(index),
    (pair) => {
      let first: number | undefined;
      eachOwed(pair, (from, to) => (first ??= firstAcknowledgedLost(pair, from, to)));
      return first;
    },
  );
  return lost && lossWitness(lost, "not delivered", end, events);
}
