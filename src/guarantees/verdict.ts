/** Verdicts: what a checker says of a history. */
import type { Instant } from "../kernel/index.js";

/** `unknown`: the situation under test never arose, so nothing was shown. */
export type Verdict = "holds" | "violated" | "unknown";

/** One event of a history, in words and numbers that survive JSON. */
export interface HistoryEvent {
  readonly type:
    | "published"
    | "acknowledged"
    | "failed"
    | "delivered"
    | "subscribing"
    | "subscribed"
    | "unsubscribed"
    | "session-lost"
    | "will-declared"
    | "will-due"
    | "will-published"
    | "faults-healed"
    | "held"
    | "stored"
    | "polled"
    | "assigned"
    | "committed"
    | "transaction-begun"
    | "transaction-ended"
    | "ended";
  readonly at: Instant;
  /** Name of the node: publisher or recipient. */
  readonly node?: string;
  /** `publisher/topic/q1#17`; of a log also a partition or a transaction. */
  readonly message?: string;
  readonly topic?: string;
  readonly qos?: number;
  readonly detail?: string;
}

/** The few history events that prove a violation. */
export interface Witness {
  /** One sentence that a person understands. */
  readonly what: string;
  readonly events: readonly HistoryEvent[];
}

export interface CheckResult {
  /** Name of the checker, such as `exactly-once`. */
  readonly check: string;
  readonly verdict: Verdict;
  /** How often the situation under test arose. 0 means `unknown`. */
  readonly atRisk: number;
  /** How often it went wrong. */
  readonly violations: number;
  /** The first violation. */
  readonly witness?: Witness;
}
