/** Histories for tests: three nodes, instants in milliseconds, filters that are a topic or `all`. */
import type { Message } from "../../src/trace/index.js";
import { DELIVERY_LIVE, DELIVERY_RETAINED } from "../../src/trace/index.js";
import {
  type CheckResult,
  type Conclusion,
  History,
  type HistoryEvent,
  type HistoryOptions,
} from "../../src/guarantees/index.js";
import { MILLISECOND } from "../../src/kernel/index.js";

export const ANNA = 0;
export const BOB = 1;
export const CARL = 2;
export const NAMES: readonly string[] = ["anna", "bob", "carl"];

export const matches = (filter: string, topic: string): boolean =>
  filter === topic || filter === "all" || filter === "also";

/** A history told in milliseconds. Faults have healed from the start unless `faulty`. */
export class Telling {
  readonly history: History;

  constructor(options: HistoryOptions & { faulty?: boolean } = {}) {
    this.history = new History(NAMES, matches, options);
    if (options.faulty !== true) this.history.faultsHealed(0);
  }

  publish(at: number, publisher = ANNA, topic = "t", qos = 1): Message {
    return this.history.publish(publisher, topic, qos, 64, false, at * MILLISECOND);
  }

  retain(at: number, payloadBytes = 64, qos = 1, publisher = ANNA): Message {
    return this.history.publish(publisher, "t", qos, payloadBytes, true, at * MILLISECOND);
  }

  acknowledge(at: number, message: Message): void {
    this.history.acknowledged(message, at * MILLISECOND);
  }

  deliver(at: number, message: Message, recipient = BOB): void {
    this.history.delivered(recipient, message, DELIVERY_LIVE, at * MILLISECOND);
  }

  deliverRetained(at: number, message: Message, recipient = BOB): void {
    this.history.delivered(recipient, message, DELIVERY_RETAINED, at * MILLISECOND);
  }

  /** Asks and is answered at once. */
  subscribe(at: number, recipient = BOB, filter = "t", qos = 2): void {
    this.history.subscribing(recipient, filter, qos, at * MILLISECOND);
    this.history.subscribed(recipient, filter, qos, at * MILLISECOND);
  }

  conclude(at = 1_000): Conclusion {
    return this.history.conclude(at * MILLISECOND);
  }

  check(name: string, at = 1_000): CheckResult {
    return named(this.conclude(at), name);
  }
}

export function named({ checks }: Conclusion, name: string): CheckResult {
  const found = checks.find(({ check }) => check === name);
  if (found === undefined) throw new Error(`no check is called ${name}`);
  return found;
}

/** A witness in short: `3 published anna/t/q1#0`, instants in milliseconds. */
export function told(result: CheckResult): string[] {
  return (result.witness?.events ?? []).map(line);
}

function line({ type, at, node, message, detail }: HistoryEvent): string {
  const words = [at / MILLISECOND, type, message ?? node ?? "", type === "delivered" ? `to ${node}` : ""];
  return [...words, detail ?? ""].filter((word) => word !== "").join(" ");
}
