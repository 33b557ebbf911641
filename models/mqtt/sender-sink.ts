/** What a sender is set up with, and what it asks of its surroundings. */
import type { Instant } from "../../src/kernel/index.js";
import type { ControlPacket } from "./packets/control-packet.js";
import type { Version } from "./packets/packet-type.js";
import type { Publish } from "./packets/publish.js";
import type { MqttRules } from "./rules.js";

/** What a sender asks for. `id` is the number that its owner gave it. */
export interface SenderSink {
  send(connection: number, packet: ControlPacket, now: Instant): void;
  /** Fire the retry timer of `id` at `at`. */
  setRetryTimer(id: number, at: Instant): void;
  /** The other side has taken the message over (PUBACK, PUBCOMP). */
  completed(publish: Publish, now: Instant): void;
  /** The message is refused or abandoned. */
  abandoned(publish: Publish, now: Instant): void;
  /** The queue was full; `abandoned` follows. */
  dropped(publish: Publish, now: Instant): void;
  /** A PUBLISH goes out again. */
  repeated(publish: Publish, now: Instant): void;
}

export interface SenderConfig {
  readonly version: Version;
  /** Over datagrams: how long to wait for an acknowledgement before sending again. */
  readonly retryInterval: number;
  readonly maxQueued: number;
  readonly dropsOldest: boolean;
  /** `maxQueued` limits what is unfinished and what waits together, less a window while there is a connection. */
  readonly queueCountsAll: boolean;
  /** After a reconnect, each message waits for the end of the one before, and new ones wait behind them. */
  readonly resendsOneByOne: boolean;
  /** Each acknowledgement lets a whole window of waiting messages go. */
  readonly refills: boolean;
  readonly rules: MqttRules;
}

/** Clients and brokers come with objects of several shapes; what every message reads had better have one. */
export function ofOneShape(config: SenderConfig): SenderConfig {
  const { version, retryInterval, maxQueued, dropsOldest, queueCountsAll, resendsOneByOne, refills, rules } =
    config;
  return { version, retryInterval, maxQueued, dropsOldest, queueCountsAll, resendsOneByOne, refills, rules };
}
