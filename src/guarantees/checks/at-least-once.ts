/**
 * at-least-once: a published and acknowledged message is delivered to everybody who is entitled to it with
 * quality 1 or more, once faults have healed and time was given.
 *
 * A message that is still held for somebody, and any that is missing while faults last, leaves the question
 * open. Quality 0 is never acknowledged, so nothing is at risk there.
 */
import type { HistoryEnd } from "../history-end.js";
import type { HistoryEvents } from "../history-events.js";
import { firstAcknowledgedLost, outstanding } from "../outstanding.js";
import type { Pair } from "../pair.js";
import type { Stream } from "../stream.js";
import type { CheckResult, Witness } from "../verdict.js";
import { firstLost, lossWitness } from "./loss-witness.js";
import { verdictOf } from "./verdict-of.js";

export function checkAtLeastOnce(
  streams: readonly Stream[],
  end: HistoryEnd,
  events: HistoryEvents,
): CheckResult {
  let atRisk = 0;
  let gone = 0;
  let open = 0;
  for (const stream of streams) {
    if (stream.acknowledged === undefined) continue;
    for (const pair of stream.pairs) {
      atRisk += pair.keptBefore;
      pair.eachReliable((from, to) => {
        const missing = outstanding(pair, from, to);
        atRisk += missing.acknowledged;
        gone += missing.acknowledgedLost;
        open += missing.acknowledgedLate;
      });
    }
  }
  const violations = end.healedAt === undefined ? 0 : gone;
  if (end.healedAt === undefined) open += gone;
  const witness = violations > 0 ? show(streams, end, events) : undefined;
  return verdictOf("at-least-once", atRisk, violations, open, witness);
}

function show(streams: readonly Stream[], end: HistoryEnd, events: HistoryEvents): Witness | undefined {
  const promised = (pair: Pair, index: number): boolean => pair.promised(index) >= 1;
  const lost = firstLost(streams, end, promised, (pair) => {
    let first: number | undefined;
    pair.eachReliable((from, to) => (first ??= firstAcknowledgedLost(pair, from, to)));
    return first;
  });
  return lost && lossWitness(lost, "was never delivered", end, events);
}
