/** What the checkers say about themselves, as plain data: for lists, schemas and reports. */

export interface CheckDescription {
  readonly name: string;
  /** What is violated when. One sentence. */
  readonly summary: string;
  /** What `atRisk` counts. */
  readonly atRisk: string;
}

/** In the order in which a history concludes them. */
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
];
