/**
 * What becomes of a partition when brokers come and go: the in-sync replicas, those that may lead although they are
 * not in sync [KIP-966], and who leads.
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
}

interface Sets {
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
  const { elr } = sets;
  const lastKnownLeader =
    leader !== NO_LEADER ? NO_LEADER : state.leader !== NO_LEADER ? state.leader : sets.lastKnownLeader;
  const same = leader === state.leader && areSame(isr, state.isr) && areSame(elr, state.elr);
  if (same && lastKnownLeader === state.lastKnownLeader) return state;
  const leaderEpoch = state.leaderEpoch + (leader === state.leader ? 0 : 1);
  const partitionEpoch = state.partitionEpoch + 1;
  return { ...state, leader, leaderEpoch, partitionEpoch, isr, elr, lastKnownLeader };
}

/** Replicas that leave the in-sync replicas while those are too few stay eligible. */
function eligible(state: PartitionState, { isr: wanted, unclean }: Change, rules: ChangeRules): Sets {
  const isr = rules.eligibleLeaderReplicas ? wanted.filter((id) => id !== unclean) : wanted;
  const { lastKnownLeader } = state;
  const enough = Math.min(state.minInsyncReplicas, state.replicas.length);
  if (!rules.eligibleLeaderReplicas || isr.length >= enough) return { isr, elr: [], lastKnownLeader };
  const elr = [...state.elr, ...state.isr.filter((id) => !state.elr.includes(id))];
  return { isr, elr: elr.filter((id) => !isr.includes(id) && id !== unclean), lastKnownLeader };
}

/** Who leads from now on. Changes the sets where an election does. */
function elect(state: PartitionState, sets: Sets, { unclean }: Change, rules: ChangeRules): number {
  const { isActive } = rules;
  const { leader, replicas } = state;
  const may = (id: number): boolean =>
    isActive(id) && (sets.isr.includes(id) || sets.elr.includes(id) || !rules.electsInSync);
  if (leader !== NO_LEADER && leader !== unclean && may(leader)) return leader;
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

function areSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id, place) => id === other[place]);
}
