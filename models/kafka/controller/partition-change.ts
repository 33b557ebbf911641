/**
 * What becomes of a partition when brokers come and go or its replicas are to be others: the in-sync replicas, those
 * that may lead although they are not in sync [KIP-966], and who leads.
 */
import { NO_LEADER, type PartitionState } from "../protocol/messages.js";

export interface ChangeRules {
  readonly eligibleLeaderReplicas: boolean;
  readonly uncleanLeaderElection: boolean;
  /** False only in a broken twin: any replica that is alive may lead. */
  readonly electsInSync: boolean;
  readonly isActive: (broker: number) => boolean;
}

export interface Change {
  readonly isr: readonly number[];
  /** Its process died without a clean shutdown: what it had may be gone. */
  readonly unclean?: number;
  /** Absent: they stay the same. */
  readonly replicas?: readonly number[];
  /** The first replica is to lead, if it may, whoever leads now. */
  readonly prefers?: boolean;
}

interface Sets {
  readonly replicas: readonly number[];
  isr: readonly number[];
  elr: readonly number[];
  lastKnownLeader: number;
}

/** The partition after the change; the same object when nothing changes. */
export function changed(state: PartitionState, change: Change, rules: ChangeRules): PartitionState {
  const sets = eligible(state, change, rules);
  const leader = elect(state, sets, change, rules);
  // Without eligible leader replicas the last in-sync replica stays on record, whatever happens to it.
  const keepsLast = sets.isr.length === 0 && !rules.eligibleLeaderReplicas;
  const isr = keepsLast ? state.isr : sets.isr;
  const { replicas, elr } = sets;
  const lastKnownLeader =
    leader !== NO_LEADER ? NO_LEADER : state.leader !== NO_LEADER ? state.leader : sets.lastKnownLeader;
  const same = leader === state.leader && areSame(isr, state.isr) && areSame(elr, state.elr);
  if (same && lastKnownLeader === state.lastKnownLeader && areSame(replicas, state.replicas)) return state;
  // Replicas that are no longer any must not be heard as such.
  const dropped = state.replicas.some((id) => !replicas.includes(id));
  const leaderEpoch = state.leaderEpoch + (leader === state.leader && !dropped ? 0 : 1);
  const partitionEpoch = state.partitionEpoch + 1;
  return { ...state, replicas, leader, leaderEpoch, partitionEpoch, isr, elr, lastKnownLeader };
}

/** Replicas that leave the in-sync replicas while those are too few stay eligible. */
function eligible(state: PartitionState, change: Change, rules: ChangeRules): Sets {
  const { isr: wanted, unclean, replicas = state.replicas } = change;
  const isr = rules.eligibleLeaderReplicas ? wanted.filter((id) => id !== unclean) : wanted;
  const { lastKnownLeader } = state;
  const enough = Math.min(state.minInsyncReplicas, replicas.length);
  if (!rules.eligibleLeaderReplicas || isr.length >= enough) {
    return { replicas, isr, elr: [], lastKnownLeader };
  }
  const known = [...state.elr, ...state.isr.filter((id) => !state.elr.includes(id))];
  const elr = known.filter((id) => !isr.includes(id) && id !== unclean && replicas.includes(id));
  return { replicas, isr, elr, lastKnownLeader };
}

/** Who leads from now on. Changes the sets where an election does. */
function elect(state: PartitionState, sets: Sets, change: Change, rules: ChangeRules): number {
  const { isActive } = rules;
  const { leader } = state;
  const { replicas } = sets;
  const { unclean } = change;
  // In sync, or eligible while nobody is in sync [KIP-966].
  const isFit = (id: number): boolean =>
    sets.isr.includes(id) || (sets.isr.length === 0 && sets.elr.includes(id)) || !rules.electsInSync;
  const may = (id: number): boolean => id !== unclean && replicas.includes(id) && isActive(id) && isFit(id);
  const [preferred = NO_LEADER] = replicas;
  if (change.prefers === true && may(preferred)) return preferred;
  if (leader !== NO_LEADER && may(leader)) return leader;
  const clean = replicas.find(may);
  if (clean !== undefined) {
    if (!sets.isr.includes(clean)) {
      sets.isr = [clean];
      sets.elr = sets.elr.filter((id) => id !== clean);
    }
    return clean;
  }
  const last = sets.lastKnownLeader;
  const nobody = sets.isr.length === 0 && sets.elr.length === 0;
  // Nobody is known to have everything: the one that led last is the best there is.
  const fallback = rules.eligibleLeaderReplicas && nobody && last >= 0 && last !== unclean && isActive(last);
  const unfit = fallback ? last : rules.uncleanLeaderElection ? replicas.find(isActive) : undefined;
  if (unfit === undefined) return NO_LEADER;
  sets.isr = [unfit];
  sets.elr = [];
  return unfit;
}

export function areSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id, place) => id === other[place]);
}
