/** A row a message and recipient, kept when the scenario asks for it. */
import type { Instant } from "../kernel/index.js";
import type { HistoryEvents } from "./history-events.js";
import type { PublishedMessage } from "./stream.js";

export interface MessageRow {
  /** `publisher/topic/q1#17` */
  readonly message: string;
  readonly publisher: string;
  readonly topic: string;
  readonly qos: number;
  readonly recipient: string;
  readonly publishedAt: Instant;
  readonly acknowledgedAt: Instant | null;
  /** The first delivery, retained copies included. */
  readonly deliveredAt: Instant | null;
  readonly deliveries: number;
}

interface Reception {
  deliveredAt: Instant | null;
  deliveries: number;
}

export class MessageLog {
  /** In order of publication; per recipient (wanting at publication, or delivered to) what it got. */
  readonly #receptions = new Map<PublishedMessage, Map<number, Reception>>();

  published(message: PublishedMessage): void {
    const receptions = new Map<number, Reception>();
    for (const pair of message.stream.pairs) {
      if (message.index >= pair.wantedFrom)
        receptions.set(pair.recipient, { deliveredAt: null, deliveries: 0 });
    }
    this.#receptions.set(message, receptions);
  }

  delivered(message: PublishedMessage, recipient: number, now: Instant): void {
    const receptions = this.#receptions.get(message);
    if (receptions === undefined) return;
    const reception = receptions.get(recipient);
    if (reception === undefined) {
      receptions.set(recipient, { deliveredAt: now, deliveries: 1 });
    } else {
      reception.deliveredAt ??= now;
      reception.deliveries++;
    }
  }

  /** In order of publication, then of the recipients' names. */
  rows(events: HistoryEvents): MessageRow[] {
    const rows: MessageRow[] = [];
    for (const [message, receptions] of this.#receptions) {
      const recipients = [...receptions].sort(([a], [b]) => a - b);
      for (const [recipient, { deliveredAt, deliveries }] of recipients) {
        rows.push({
          message: events.message(message),
          publisher: events.node(message.stream.publisher),
          topic: message.stream.topic,
          qos: message.stream.qos,
          recipient: events.node(recipient),
          publishedAt: message.publishedAt,
          acknowledgedAt: message.acknowledgedAt ?? null,
          deliveredAt,
          deliveries,
        });
      }
    }
    return rows;
  }
}
