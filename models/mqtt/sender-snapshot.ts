/** A sender as plain data, for looking at. */
import { PUBACK, PUBCOMP, PUBREC } from "./packets/packet-type.js";
import type { Publish } from "./packets/publish.js";

export interface ExchangeSnapshot {
  readonly identifier: number;
  /** `stream#index` */
  readonly message: string;
  readonly awaiting: string;
  readonly dup: boolean;
}

export interface SenderSnapshot {
  readonly next: number;
  readonly inflight: readonly ExchangeSnapshot[];
  readonly queued: readonly string[];
  readonly window: number;
  readonly outstanding: number;
  /** What is left of what waited when the connection came up, where it goes one by one. */
  readonly backlog: number;
}

const AWAITED: Readonly<Record<number, string>> = {
  [PUBACK]: "PUBACK",
  [PUBREC]: "PUBREC",
  [PUBCOMP]: "PUBCOMP",
};

/** An unfinished exchange. */
export function exchangeSnapshot(publish: Publish): ExchangeSnapshot {
  const { identifier, dup } = publish;
  return { identifier, message: nameOf(publish), awaiting: AWAITED[publish.awaiting] ?? "nothing", dup };
}

export function nameOf(publish: Publish): string {
  return `${publish.message.stream.index}#${publish.message.index}`;
}
