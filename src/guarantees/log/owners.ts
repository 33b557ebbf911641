/**
 * single-owner: a partition has one owner at a time in a group. An owner is one as long as it believes so: a zombie
 * that was replaced without knowing it owns the partition too, and both work on it. How long that lasts is measured, and
 * for how long a partition that had an owner has none.
 */
import type { Instant } from "../../kernel/index.js";
import type { CheckResult } from "../verdict.js";
import { Finding } from "./finding.js";
import type { GroupShare, LogPartition } from "./log-partition.js";
import type { LogRecords } from "./log-records.js";

/** A group, and how many of its partitions have an owner. */
interface Working {
  owned: number;
  /** Since when there are none; undefined while there are, and before the first. */
  idleSince: Instant | undefined;
}

export class Owners {
  /** Time that partitions had more than one owner in a group, together. */
  overlap = 0;
  /** Time that partitions that had been owned had no owner in a group, together. */
  unowned = 0;
  /** Time that groups that had owned partitions owned none at all, together. */
  standstill = 0;
  readonly #records: LogRecords;
  readonly #finding = new Finding("single-owner");
  /** By share, since when it has had more than one owner. */
  readonly #shared = new Map<GroupShare, Instant>();
  /** … or none at all. */
  readonly #free = new Map<GroupShare, Instant>();
  readonly #groups = new Map<number, Working>();
  /** Shares that have been owned. */
  readonly #owned = new Set<GroupShare>();

  constructor(records: LogRecords) {
    this.#records = records;
  }

  assigned(partition: LogPartition, share: GroupShare, consumer: number, now: Instant): void {
    const { owners } = share;
    if (owners.some((owner) => owner.consumer === consumer)) return;
    if (this.#owned.has(share)) this.#finding.atRisk++;
    this.#owned.add(share);
    this.#taken(share, now);
    const [first] = owners;
    owners.push({ consumer, since: now });
    if (first === undefined) return this.#works(share.group, now);
    if (owners.length === 2) this.#shared.set(share, now);
    const { events } = this.#records;
    this.#finding.violated(() => ({
      what:
        `${partition.name} was assigned to ${events.node(consumer)} while ${events.node(first.consumer)} ` +
        `owned it in ${events.node(share.group)}.`,
      events: [
        events.record("assigned", first.consumer, partition.name, events.node(share.group), first.since),
        events.record("assigned", consumer, partition.name, events.node(share.group), now),
      ],
    }));
  }

  revoked(share: GroupShare, consumer: number, now: Instant): void {
    const at = share.owners.findIndex((owner) => owner.consumer === consumer);
    if (at < 0) return;
    share.owners.splice(at, 1);
    if (share.owners.length === 1) this.#ended(share, now);
    else if (share.owners.length === 0) {
      this.#free.set(share, now);
      const working = this.#groups.get(share.group);
      if (working !== undefined && --working.owned === 0) working.idleSince = now;
    }
  }

  result(at: Instant): CheckResult {
    for (const share of [...this.#shared.keys()]) this.#ended(share, at);
    for (const share of [...this.#free.keys()]) this.#taken(share, at);
    for (const working of this.#groups.values()) this.#resumes(working, at);
    return this.#finding.result();
  }

  #ended(share: GroupShare, now: Instant): void {
    const since = this.#shared.get(share);
    if (since === undefined) return;
    this.overlap += now - since;
    this.#shared.delete(share);
  }

  #taken(share: GroupShare, now: Instant): void {
    const since = this.#free.get(share);
    if (since === undefined) return;
    this.unowned += now - since;
    this.#free.delete(share);
  }

  #works(group: number, now: Instant): void {
    let working = this.#groups.get(group);
    if (working === undefined) this.#groups.set(group, (working = { owned: 0, idleSince: undefined }));
    working.owned++;
    this.#resumes(working, now);
  }

  #resumes(working: Working, now: Instant): void {
    if (working.idleSince !== undefined) this.standstill += now - working.idleSince;
    working.idleSince = undefined;
  }
}
