/** Storage that breaks a rule, and the clusters in which that shows. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import type { FaultSpec } from "../../../src/network/index.js";
import type { ClusterSpec } from "./clusters.js";
import type { Twin } from "./swarm.js";

const TIMEOUTS = { sessionTimeout: 3 * SECOND, heartbeatInterval: SECOND, replicaLagTimeMax: 3 * SECOND };

function storing(topic: OptionValues, broker: OptionValues, more: ClusterSpec = {}): ClusterSpec {
  return {
    topic: { minInsyncReplicas: 2, segmentBytes: 2_000, ...topic },
    broker: { ...TIMEOUTS, initialTaskDelay: SECOND, ...broker },
    ...more,
  };
}

/** Three records' worth of segments are kept, whatever the followers have. */
export const retaining: ClusterSpec = storing(
  { retentionBytes: 6_000 },
  { retentionCheckInterval: 300 * MILLISECOND },
);

/** Many values of few keys, cleaned as soon as may be. */
export const compacting: ClusterSpec = storing(
  { cleanupPolicy: "compact", minCleanableDirtyRatio: 0.1 },
  { cleanerBackoff: 200 * MILLISECOND },
  { send: { keys: 7 } },
);

const when = (seconds: number): FaultSpec["when"] => ({ kind: "at", at: seconds * SECOND });

/** For a while nobody fetches from the leader, but it goes on taking records. */
const unfetched: ClusterSpec = storing(
  { retentionBytes: 6_000 },
  { retentionCheckInterval: 300 * MILLISECOND },
  {
    producer: { acks: 1 },
    faults: ["b2", "b3"].map((to) => {
      return { verb: "cut", from: "b1", to, bothWays: true, when: when(6), lasting: 2.5 * SECOND };
    }),
  },
);

/** One follower looks for old segments long after the leader. */
const lookingLate: ClusterSpec = storing(
  { retentionBytes: 6_000 },
  { retentionCheckInterval: 40 * SECOND },
  { faults: [{ verb: "crash", node: "b2", power: false, when: when(10), lasting: 4 * SECOND }] },
);

/** A producer writes, dies, and another process of it writes over all of that; then a replica is made anew. */
const rewritten: ClusterSpec = storing(
  { cleanupPolicy: "compact", minCleanableDirtyRatio: 0.1 },
  { cleanerBackoff: SECOND },
  {
    send: { keys: 3 },
    faults: [
      { verb: "crash", node: "producer", power: false, when: when(14), lasting: SECOND },
      { verb: "crash", node: "b3", power: true, disk: true, when: when(40), lasting: 5 * SECOND },
    ],
  },
);

/** Keys are deleted, and their tombstones cleaned. */
const deleting: ClusterSpec = storing(
  { cleanupPolicy: "compact", minCleanableDirtyRatio: 0.1, deleteRetention: 20 * SECOND },
  { cleanerBackoff: 200 * MILLISECOND },
  { send: { keys: 40, tombstones: true } },
);

export const STORAGE_TWINS: readonly Twin[] = [
  { broken: { retainsUncommitted: false }, caughtBy: "ValidLogStart", where: unfetched },
  { broken: { tellsLogStart: false }, caughtBy: "LogStartTold", where: lookingLate },
  { broken: { compactsToLast: false }, caughtBy: "LastValueKept", where: compacting },
  { broken: { cleansDecided: false }, caughtBy: "LastValueKept", where: compacting },
  { broken: { keepsTombstones: false }, caughtBy: "TombstoneKept", where: deleting },
  { broken: { keepsProducerBatches: false }, caughtBy: "ProducersAgree", where: rewritten },
];
