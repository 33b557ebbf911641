/**
 * Who of a group gets which partitions: the assignors of the classic protocol, which the group's leader runs, and those
 * of KIP-848, which the coordinator runs. Partitions come by topic, in the order of their indices.
 */
import { NO_GENERATION } from "../protocol/messages.js";

export interface AssignorMember {
  readonly id: string;
  /** Static members keep their place in the order of members. */
  readonly instanceId: string | undefined;
  readonly topics: readonly string[];
  readonly owned: readonly number[];
  /** Of the group, when it owned them. */
  readonly generation: number;
}

export type Partitions = ReadonlyMap<string, readonly number[]>;
export type Assignment = Map<string, number[]>;
export type Assignor = (members: readonly AssignorMember[], partitions: Partitions) => Assignment;

export type AssignorName = "range" | "roundrobin" | "sticky" | "cooperative-sticky" | "uniform";

export const ASSIGNORS: Readonly<Record<AssignorName, Assignor>> = {
  range: assignRanges,
  roundrobin: assignInTurn,
  sticky: assignSticky,
  "cooperative-sticky": assignSticky,
  uniform: assignSticky,
};

/** With it, members keep what stays theirs through a rebalance [KIP-429]. */
export function isCooperative(name: string): boolean {
  return name === "cooperative-sticky";
}

/** Of each topic, consecutive partitions; the first members get one more where it does not come out even. */
function assignRanges(members: readonly AssignorMember[], partitions: Partitions): Assignment {
  const assignment = emptyAssignment(members);
  for (const [topic, all] of partitions) {
    const wanting = inOrder(members.filter(({ topics }) => topics.includes(topic)));
    const each = Math.floor(all.length / wanting.length);
    const more = all.length % wanting.length;
    let next = 0;
    wanting.forEach(({ id }, place) => {
      const count = each + (place < more ? 1 : 0);
      assignment.get(id)?.push(...all.slice(next, next + count));
      next += count;
    });
  }
  return assignment;
}

/** All partitions of all topics, one after the other, to the members in turn. */
function assignInTurn(members: readonly AssignorMember[], partitions: Partitions): Assignment {
  const assignment = emptyAssignment(members);
  const sorted = inOrder(members);
  let turn = 0;
  for (const [topic, all] of inOrderOfTopics(partitions)) {
    for (const partition of all) {
      for (let tries = 0; tries < sorted.length; tries++) {
        const member = sorted[turn++ % sorted.length];
        if (member?.topics.includes(topic) !== true) continue;
        assignment.get(member.id)?.push(partition);
        break;
      }
    }
  }
  return assignment;
}

/** Everybody keeps what was theirs as far as it is fair; the rest goes to who has least. */
function assignSticky(members: readonly AssignorMember[], partitions: Partitions): Assignment {
  const assignment = emptyAssignment(members);
  const sorted = inOrder(members);
  const topicOf = new Map<number, string>();
  for (const [topic, all] of partitions) for (const partition of all) topicOf.set(partition, topic);
  const owners = formerOwners(sorted);
  const quota = Math.floor(topicOf.size / Math.max(1, sorted.length));
  let roomForMore = topicOf.size % Math.max(1, sorted.length);
  const left = new Set(topicOf.keys());
  for (const { id, owned, topics } of sorted) {
    const valid = owned.filter((partition) => {
      return owners.get(partition) === id && topics.includes(topicOf.get(partition) ?? "");
    });
    const most = valid.length > quota && roomForMore > 0 ? quota + 1 : quota;
    if (most > quota) roomForMore--;
    const kept = valid.slice(0, most);
    assignment.get(id)?.push(...kept);
    for (const partition of kept) left.delete(partition);
  }
  for (const partition of left) {
    const wanting = sorted.filter(({ topics }) => topics.includes(topicOf.get(partition) ?? ""));
    let least: number[] | undefined;
    for (const { id } of wanting) {
      const own = assignment.get(id);
      if (own !== undefined && (least === undefined || own.length < least.length)) least = own;
    }
    least?.push(partition);
  }
  return assignment;
}

/** What another member still has is nobody's until that one has given it up: what cooperation takes [KIP-429]. */
export function revokingFirst(assignment: Assignment, members: readonly AssignorMember[]): Assignment {
  const owners = formerOwners(members);
  const free: Assignment = new Map();
  for (const [id, own] of assignment) {
    free.set(
      id,
      own.filter((partition) => (owners.get(partition) ?? id) === id),
    );
  }
  return free;
}

/** Who owned what in the latest generation that claims it; nobody where two claim it of the same one. */
function formerOwners(members: readonly AssignorMember[]): Map<number, string | undefined> {
  const owners = new Map<number, string | undefined>();
  const claimed = new Map<number, number>();
  for (const { id, owned, generation } of members) {
    for (const partition of owned) {
      const before = claimed.get(partition) ?? NO_GENERATION - 1;
      if (generation < before) continue;
      owners.set(partition, generation === before ? undefined : id);
      claimed.set(partition, generation);
    }
  }
  return owners;
}

function emptyAssignment(members: readonly AssignorMember[]): Assignment {
  return new Map(members.map(({ id }) => [id, []]));
}

/** Static members by their instance, before the others by their ids. */
function inOrder(members: readonly AssignorMember[]): readonly AssignorMember[] {
  return [...members].sort((one, other) => {
    const a = one.instanceId ?? one.id;
    const b = other.instanceId ?? other.id;
    if ((one.instanceId === undefined) !== (other.instanceId === undefined)) {
      return one.instanceId === undefined ? 1 : -1;
    }
    return a < b ? -1 : a > b ? 1 : 0;
  });
}

function inOrderOfTopics(partitions: Partitions): [string, readonly number[]][] {
  return [...partitions].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
