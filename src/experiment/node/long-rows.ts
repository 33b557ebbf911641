/** Rows inside a run: one a message and recipient, one a sample of a gauge. Instants are seconds. */
import { type Instant, SECOND } from "../../kernel/index.js";
import { csvRow } from "./csv.js";
import type { RunRecord } from "./record.js";

export function messagesHeader(): string {
  return csvRow([
    "cell",
    "replication",
    "message",
    "publisher",
    "topic",
    "qos",
    "recipient",
    "published_s",
    "acknowledged_s",
    "delivered_s",
    "deliveries",
  ]);
}

export function messageRows(record: RunRecord): string {
  return record.messages
    .map((row) =>
      csvRow([
        record.cell,
        record.replication,
        row.message,
        row.publisher,
        row.topic,
        row.qos,
        row.recipient,
        seconds(row.publishedAt),
        seconds(row.acknowledgedAt),
        seconds(row.deliveredAt),
        row.deliveries,
      ]),
    )
    .join("");
}

export function seriesHeader(): string {
  return csvRow(["cell", "replication", "at_s", "gauge", "place", "value"]);
}

export function seriesRows(record: RunRecord): string {
  return record.series
    .map(({ at, gauge, place, value }) =>
      csvRow([record.cell, record.replication, seconds(at), gauge, place, value]),
    )
    .join("");
}

function seconds(at: Instant | null): number | null {
  return at === null ? null : at / SECOND;
}
