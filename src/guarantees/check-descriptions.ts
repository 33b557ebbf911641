/** What the checkers say about themselves, as plain data: for lists, schemas and reports. */

export interface CheckDescription {
  readonly name: string;
  /** What is violated when. One sentence. */
  readonly summary: string;
  /** What `atRisk` counts. */
  readonly atRisk: string;
  /** It is about partitioned logs, and concludes where there are any. */
  readonly logs?: true;
  /** That it is violated is no fault, and why. */
  readonly allowed?: string;
}

const LOG_CHECKS: readonly Omit<CheckDescription, "logs">[] = [
  {
    name: "lost-write",
    summary: "No acknowledged record is passed by those who read where it stands and polled by nobody.",
    atRisk: "acknowledged records that were polled or passed",
  },
  {
    name: "unseen",
    summary:
      "Every acknowledged record that somebody was to read is polled by the end, once faults have healed.",
    atRisk: "acknowledged records that were polled or to be read",
  },
  {
    name: "committed-ahead",
    summary: "A group is done with every record below the offset that it has committed.",
    atRisk: "records below an offset that a group has committed",
  },
  {
    name: "last-value",
    summary:
      "Who has read beyond the last record of a key of a compacted partition has got it, or none of that key.",
    atRisk: "keys of which a consumer got a record and passed the last one, a consumer each",
  },
  {
    name: "duplicate",
    summary: "No record stands at two offsets of its partition.",
    atRisk: "records whose offset somebody was told",
  },
  {
    name: "inconsistent-offsets",
    summary: "At one offset of a partition stands one record, whoever is told.",
    atRisk: "times that somebody was told of an offset that was known",
  },
  {
    name: "aborted-read",
    summary: "No record is polled that failed or whose transaction was aborted (G1a).",
    atRisk: "records that failed",
  },
  {
    name: "poll-skip",
    summary:
      "Between two polls a consumer skips no record, unless it seeks or is assigned the partition anew.",
    atRisk: "polls after another one of their consumer and partition",
  },
  {
    name: "int-poll-skip",
    summary: "Within one poll a consumer skips no record.",
    atRisk: "records after another one of their poll and partition",
  },
  {
    name: "nonmonotonic-poll",
    summary:
      "Between two polls a consumer does not go back, unless it seeks or is assigned the partition anew.",
    atRisk: "polls after another one of their consumer and partition",
  },
  {
    name: "int-nonmonotonic-poll",
    summary: "Within one poll offsets rise.",
    atRisk: "records after another one of their poll and partition",
  },
  {
    name: "nonmonotonic-send",
    summary: "A producer's records to a partition stand in the order in which they were sent.",
    atRisk: "records whose offset somebody was told, after another one of their producer and partition",
  },
  {
    name: "single-owner",
    summary: "A partition has one owner at a time in a group, as its members see it.",
    atRisk: "assignments of a partition that had an owner before",
  },
  {
    name: "precommitted-read",
    summary: "No program polls a record of its own transaction that is still open.",
    atRisk: "records polled while the program's transaction is open",
  },
  {
    name: "torn-transaction",
    summary: "Of a transaction's records all are polled or none.",
    atRisk: "transactions of which a record was polled",
  },
  {
    name: "int-send-skip",
    summary: "Between two records of a transaction in a partition stands no other one.",
    atRisk: "committed transactions with several records in a partition, a partition each",
    allowed: "transactions do not isolate writes.",
  },
  {
    name: "G0",
    summary:
      "Writes of committed transactions are in one order in all partitions: no cycle of write-write edges.",
    atRisk: "committed transactions that overlapped with another one in a partition",
    allowed: "transactions do not isolate writes.",
  },
  {
    name: "G1c",
    summary: "No cycle of write-read edges among committed transactions.",
    atRisk: "committed transactions that polled another one's records",
  },
  {
    name: "G1c-ww",
    summary: "No cycle of write-write and write-read edges among committed transactions.",
    atRisk: "committed transactions that polled another one's records",
    allowed: "its write-write edges are.",
  },
  {
    name: "processed-once",
    summary: "Neither processed-at-least-once nor processed-at-most-once is violated.",
    atRisk: "the smaller of both",
  },
  {
    name: "processed-at-least-once",
    summary:
      "Of every acknowledged record that an application was to process, what it made from it is delivered to each " +
      "recipient, once faults have healed.",
    atRisk: "acknowledged records that were to be processed, a recipient of the result each",
  },
  {
    name: "processed-at-most-once",
    summary: "Nobody is delivered two records that an application made from one.",
    atRisk: "records from which something was made and delivered, a recipient each",
  },
];

/** In the order in which a history concludes them; those of logs where there are any. */
export const CHECKS: readonly CheckDescription[] = [
  {
    name: "no-creation",
    summary: "Nothing is delivered that nobody published, and nothing to somebody who never asked for it.",
    atRisk: "deliveries",
  },
  {
    name: "at-most-once",
    summary: "No message is delivered more than once to one recipient.",
    atRisk: "messages delivered, a recipient each",
  },
  {
    name: "at-least-once",
    summary:
      "Every acknowledged message is delivered to everybody who is entitled to it with quality 1 or more, " +
      "once faults have healed.",
    atRisk: "acknowledged messages, an entitled recipient each",
  },
  {
    name: "exactly-once",
    summary: "Neither at-most-once nor at-least-once is violated.",
    atRisk: "the smaller of both",
  },
  {
    name: "ordered",
    summary:
      "One publisher's messages to one topic at one quality are first delivered to one recipient in the " +
      "order in which they were published.",
    atRisk: "first deliveries that follow another one of their stream to their recipient",
  },
  {
    name: "acknowledged-durable",
    summary:
      "No acknowledged message is gone for good: each was delivered or is still held for its recipient, " +
      "sessions that were forgotten too early included.",
    atRisk: "acknowledged messages, an entitled recipient each",
  },
  {
    name: "retained",
    summary:
      "Who subscribes gets the topic's newest retained message: no older one, no cleared one, not nothing.",
    atRisk: "subscriptions to a topic with an acknowledged retained message",
  },
  {
    name: "will",
    summary: "A will is published when its condition came true, in time, and at no other time.",
    atRisk: "wills that became due or were taken back",
  },
  ...LOG_CHECKS.map((check) => ({ ...check, logs: true }) as const),
];
