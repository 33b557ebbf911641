/** What a client machine asks of its surroundings. */
import type { Instant } from "../../src/kernel/index.js";
import type { Publish } from "./packets/publish.js";
import type { SenderSink } from "./sender-sink.js";

/** Kinds of a client's timers. */
export const CLIENT_TIMER = {
  /** What the phase waits for: CONNACK, the next PINGREQ, PINGRESP, or the next attempt to connect. */
  life: 0,
  /** Over datagrams: CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ that are not answered. */
  controlRetry: 1,
  /** Over datagrams: PUBLISH and PUBREL that are not answered. */
  retry: 2,
} as const;

/** What a client asks for, besides what its sender does. */
export interface ClientSink extends SenderSink {
  /** The client identifier. */
  readonly clientId: string;
  delivered(publish: Publish, now: Instant): void;
  /** Nothing is left of what was unfinished or waiting when the connection came up and had to go one by one. */
  caughtUp(now: Instant): void;
  /** A SUBSCRIBE goes out, not as a repetition. */
  subscribing(filter: string, qos: number, now: Instant): void;
  subscribed(filter: string, grantedQos: number, now: Instant): void;
  /** The broker refused a filter. */
  refused(filter: string, reasonCode: number, now: Instant): void;
  /** Open a channel to the broker. */
  open(now: Instant): void;
  /** End the channel in an orderly way, or at once. */
  close(now: Instant): void;
  abort(now: Instant): void;
  setTimer(kind: number, at: Instant): void;
  /** Set a timer to an instant drawn evenly from a range. */
  setTimerWithin(kind: number, earliest: Instant, latest: Instant): void;
  cancelTimer(kind: number): void;
  /** Remember that a packet goes out, or has come in, … */
  sent(now: Instant): void;
  heard(now: Instant): void;
  /** … and tell when the latest did, in the direction that has been silent for longer. `NEVER`: no packet ever did. */
  silentSince(): Instant;
  /** A PINGREQ goes out, not as a repetition. */
  pinging(now: Instant): void;
  /** CONNACK says that the connection is up, and with it the session of before or a new one. */
  connected(resumed: boolean, now: Instant): void;
  /** By the protocol's rules the session ends at `at`, unless a connection takes it up before. */
  sessionEnds(at: Instant, now: Instant): void;
}
