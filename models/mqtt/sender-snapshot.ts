/** What a sender has on its way, as plain data: for looking at, and for the digest of the state. */
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
}

const AWAITED: Readonly<Record<number, string>> = {
  [PUBACK]: "PUBACK",
  [PUBREC]: "PUBREC",
  [PUBCOMP]: "PUBCOMP",
};

export function exchangeSnapshot(publish: Publish): ExchangeSnapshot {
  const { identifier, dup } = publish;
  return { identifier, message: nameOf(publish), awaiting: AWAITED[publish.awaiting] ?? "nothing", dup };
}

/** `stream#index` */
export function nameOf({ message }: Publish): string {
  return `${message.stream.index}#${message.index}`;
}
