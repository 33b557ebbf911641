/**
 * The rules of the protocol that can be broken on purpose. Each names one decision that the machines take; the
 * default is what Kafka does. A model built with another value is a *broken twin*: the tests show that every one of
 * them is caught. No experiment file can reach them.
 */
export interface KafkaRules {
  /** What a leader waits for before it acknowledges acks=all: the in-sync replicas, or its own log. */
  readonly acknowledgesAllAt: "high-watermark" | "append";
  /** Up to where a consumer reads: the high watermark, or the end of the leader's log. */
  readonly consumersReadTo: "high-watermark" | "log-end";
  /** Up to where a follower serves a consumer: the high watermark that it knows, or the end of its log [KIP-392]. */
  readonly followersServeTo: "high-watermark" | "log-end";
  /** A consumer whose position a follower has not goes on at the leader, before any policy decides [KIP-392]. */
  readonly fallsBackToLeader: boolean;
  /** A leader refuses acks=all while fewer than min.insync.replicas are in sync. */
  readonly heedsMinInsync: boolean;
  /** A follower cuts its log to where the leader's last common epoch ends before it appends [KIP-320]. */
  readonly truncatesByEpoch: boolean;
  /** The high watermark waits for every member of the in-sync replicas. */
  readonly waitsForAllInSync: boolean;
  /** A follower joins the in-sync replicas when it has reached the high watermark, not before. */
  readonly joinsCaughtUp: boolean;
  /** The controller elects members of the in-sync replicas, unless unclean elections are allowed. */
  readonly electsInSync: boolean;
  /** A broker whose last process did not end in good order is taken to have lost what it had [KIP-966]. */
  readonly distrustsCrashed: boolean;
  /** The controller refuses a change of the in-sync replicas by a leader of an older epoch, or to unfit ones. */
  readonly fencesIsrChanges: boolean;
  /** What the active controller of a quorum decides is told when a majority of the voters has it [KIP-595]. */
  readonly commitsByMajority: boolean;
  /** Controllers remember which producer ids were given to a broker, whoever of them is the active one. */
  readonly remembersProducerIds: boolean;
  /** A log recognises a batch that an idempotent producer sends again [KIP-98]. */
  readonly recognisesRepeats: boolean;
  /** A log refuses a batch of an idempotent producer that does not follow on its last one [KIP-98]. */
  readonly refusesGaps: boolean;
  /** A broker refuses whom it does not know, and what is not allowed. */
  readonly enforcesAccess: boolean;
  /** A leader refuses a batch that is too large; otherwise it drops it without a word. */
  readonly refusesUnstored: boolean;
  /** A producer sends a batch again whose outcome it does not know. */
  readonly retries: boolean;
  /** Retention deletes nothing above the high watermark. */
  readonly retainsUncommitted: boolean;
  /** A leader tells its followers where its log starts, and they follow. */
  readonly tellsLogStart: boolean;
  /** Compaction keeps the last record of a key. */
  readonly compactsToLast: boolean;
  /** Compaction keeps tombstones for delete.retention.ms [KIP-534]. */
  readonly keepsTombstones: boolean;
  /** Compaction keeps the last batch of a producer, without its records if need be. */
  readonly keepsProducerBatches: boolean;
  /** Compaction goes by records below the last stable offset, in closed segments. */
  readonly cleansDecided: boolean;
  /** A producer without idempotence sends what is to be repeated before everything else. */
  readonly repeatsFirst: boolean;
  /** A producer takes for acknowledged what it has sent with acks=0. */
  readonly acknowledgesUnanswered: boolean;
  /** A coordinator refuses commits of who is no member of the present generation, or epoch. */
  readonly fencesCommits: boolean;
  /** … also where the commit is part of a transaction [KIP-447]. */
  readonly fencesTransactionalCommits: boolean;
  /** Offsets in a transaction count when it is committed, and are dropped when it is aborted. */
  readonly dropsAbortedOffsets: boolean;
  /** Nobody is told of an offset that an open transaction may still change [KIP-447]. */
  readonly awaitsStableOffsets: boolean;
  /** A coordinator answers a commit once the offsets are committed in its own log. */
  readonly commitsDurably: boolean;
  /** A new coordinator reads what an older one has written. */
  readonly loadsGroups: boolean;
  /** A member that is not heard of for a session is out. */
  readonly expiresSessions: boolean;
  /** A static member that comes back fences its former process [KIP-345]. */
  readonly fencesFormerInstances: boolean;
  /** A partition is nobody's until its owner has said that it has given it up [KIP-848]. */
  readonly awaitsRevocation: boolean;
  /** The cooperative assignor gives nobody what another member still has [KIP-429]. */
  readonly revokesFirst: boolean;
  /** A consumer commits where polls have come to, not how far it has fetched (SubscriptionState.allConsumed). */
  readonly commitsConsumed: boolean;
  /** A static member that is back has its former place, and nobody else is asked to join again [KIP-345]. */
  readonly keepsPlaces: boolean;
  /** Offsets of a group with members do not expire, however old their commit is [KIP-211]. */
  readonly keepsOffsetsInUse: boolean;
  /** Coordinators of transactions and logs refuse what a producer of an older epoch asks for [KIP-98]. */
  readonly fencesProducers: boolean;
  /** A leader refuses the markers of a coordinator that another one has followed. */
  readonly fencesCoordinators: boolean;
  /** A coordinator writes down how a transaction ends before it tells any leader. */
  readonly preparesFirst: boolean;
  /** Every partition of a transaction gets a marker. */
  readonly marksAllPartitions: boolean;
  /** At read_committed nobody reads past the last stable offset. */
  readonly heedsLastStable: boolean;
  /** At read_committed a consumer leaves out what was aborted. */
  readonly leavesOutAborted: boolean;
  /** An event-sourced service has read its log to the end before it answers. */
  readonly rebuildsFirst: boolean;
  /** A schema registry refuses what its mode does not allow. */
  readonly refusesIncompatible: boolean;
  /** A source connector's task stores how far its records were acknowledged, not how far they were sent. */
  readonly storesAcknowledged: boolean;
  /** A sink connector's task has written what it commits. */
  readonly flushesBeforeCommit: boolean;
}

/** What Kafka does. */
export const SPECIFIED: KafkaRules = {
  acknowledgesAllAt: "high-watermark",
  consumersReadTo: "high-watermark",
  followersServeTo: "high-watermark",
  fallsBackToLeader: true,
  heedsMinInsync: true,
  truncatesByEpoch: true,
  waitsForAllInSync: true,
  joinsCaughtUp: true,
  electsInSync: true,
  distrustsCrashed: true,
  fencesIsrChanges: true,
  commitsByMajority: true,
  remembersProducerIds: true,
  recognisesRepeats: true,
  refusesGaps: true,
  enforcesAccess: true,
  refusesUnstored: true,
  retries: true,
  retainsUncommitted: true,
  tellsLogStart: true,
  compactsToLast: true,
  keepsTombstones: true,
  keepsProducerBatches: true,
  cleansDecided: true,
  repeatsFirst: true,
  acknowledgesUnanswered: false,
  fencesCommits: true,
  fencesTransactionalCommits: true,
  dropsAbortedOffsets: true,
  awaitsStableOffsets: true,
  commitsDurably: true,
  loadsGroups: true,
  expiresSessions: true,
  fencesFormerInstances: true,
  awaitsRevocation: true,
  revokesFirst: true,
  commitsConsumed: true,
  keepsPlaces: true,
  keepsOffsetsInUse: true,
  fencesProducers: true,
  fencesCoordinators: true,
  preparesFirst: true,
  marksAllPartitions: true,
  heedsLastStable: true,
  leavesOutAborted: true,
  rebuildsFirst: true,
  refusesIncompatible: true,
  storesAcknowledged: true,
  flushesBeforeCommit: true,
};
