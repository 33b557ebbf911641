/** What a controller has against a change of in-sync replicas (validateAlterPartitionData). */
import type { IsrChange, KafkaError, PartitionState } from "../protocol/messages.js";
import type { KafkaRules } from "../rules.js";
import type { Registration } from "./registration.js";

/** "NONE": nothing. */
export function objectionTo(
  change: IsrChange,
  broker: number,
  state: PartitionState,
  brokers: ReadonlyMap<number, Registration>,
  rules: KafkaRules,
): KafkaError {
  if (!rules.fencesIsrChanges) return "NONE";
  // Somebody has decided more than this controller knows: it is not the active one any more.
  if (change.leaderEpoch > state.leaderEpoch) return "NOT_CONTROLLER";
  if (change.partitionEpoch > state.partitionEpoch) return "NOT_CONTROLLER";
  if (change.leaderEpoch < state.leaderEpoch) return "FENCED_LEADER_EPOCH";
  if (broker !== state.leader) return "INVALID_REQUEST";
  if (change.partitionEpoch < state.partitionEpoch) return "INVALID_UPDATE_VERSION";
  if (!change.isr.includes(broker) || !change.isr.every((id) => state.replicas.includes(id))) {
    return "INVALID_REQUEST";
  }
  const isFit = (id: number, place: number): boolean => {
    const registration = brokers.get(id);
    if (registration === undefined || registration.fenced || registration.stopping) return false;
    // The process that caught up must be the one that is registered [KIP-903].
    const epoch = change.brokerEpochs?.[place] ?? -1;
    return epoch < 0 || epoch === registration.epoch;
  };
  return change.isr.every(isFit) ? "NONE" : "INELIGIBLE_REPLICA";
}
