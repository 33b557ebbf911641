/**
 * What the application sees, and all that a checker ever sees: messages published, acknowledged, failed and
 * delivered; subscriptions made and ended; sessions lost. Models call this; `guarantees` implements it.
 *
 * Nodes are canonical indices. Publishers and recipients are nodes. Every call happens at the simulation's
 * present instant.
 */
import type { Instant } from "../kernel/index.js";
import type { LogApplication } from "./log-application.js";
import type { Message, MessageRun } from "./message.js";

/** How a delivery came about, for the promises that hang on it. */
export const DELIVERY_LIVE = 0;
/** Kept as the topic's retained message and sent because of a new subscription (RETAIN set). */
export const DELIVERY_RETAINED = 1;

export interface Application {
  /** What is seen of partitioned logs beyond this. */
  readonly log: LogApplication;

  /**
   * The recipient of that name that is no node, such as a group of consumers: its index, the same for the same
   * name. It can be used wherever a recipient is asked for.
   */
  recipient(name: string): number;

  /** The application asks for a message to be published. Gives it its identity. */
  publish(
    publisher: number,
    topic: string,
    qos: number,
    payloadBytes: number,
    retain: boolean,
    now: Instant,
  ): Message;

  /** The same of so many messages, one after the other, none of them to be retained. */
  publishAll(
    publisher: number,
    topic: string,
    qos: number,
    payloadBytes: number,
    times: number,
    now: Instant,
  ): Message[];

  /** The publisher was told that its message is safe (PUBACK, PUBCOMP). Never at QoS 0. */
  acknowledged(message: Message, now: Instant): void;

  /** The same of several messages, in that order. An array that was told of, here or elsewhere, stays as it is. */
  acknowledgedAll(messages: readonly Message[], now: Instant): void;

  /** The publisher was told that its message is refused or given up. */
  failed(message: Message, now: Instant): void;

  /** A message is handed to the recipient's application. `kind` is a `DELIVERY_` constant. */
  delivered(recipient: number, message: Message, kind: number, now: Instant): void;

  /** Several messages are handed over live, in that order. */
  deliveredAll(recipient: number, run: MessageRun, now: Instant): void;

  /**
   * The application, or the program on its behalf, asks for a subscription: once a request, also for one made
   * again because the session was lost. It is wanted from now on, entitled once `subscribed`.
   */
  subscribing(recipient: number, filter: string, qos: number, now: Instant): void;

  /** The subscription was confirmed, with the quality granted. */
  subscribed(recipient: number, filter: string, grantedQos: number, now: Instant): void;

  /** The application asks for the subscription's end. */
  unsubscribed(recipient: number, filter: string, now: Instant): void;

  /**
   * The recipient was told, or by the protocol's rules knows, that its session and with it its subscriptions
   * are gone: entitlement ends, interest does not. `forgotten`: the other side had promised to keep the session
   * for longer.
   */
  sessionLost(recipient: number, now: Instant, forgotten?: boolean): void;

  /**
   * The message to be published for `publisher` should it vanish is in force (its connection was accepted);
   * undefined: it was taken back. Calls off an earlier one that is not due yet.
   */
  willDeclared(publisher: number, will: Will | undefined, now: Instant): void;

  /** The will's condition came true (the connection ended without a goodbye). `due` by when it must be out. */
  willDue(publisher: number, due: Instant, now: Instant): void;

  /** The broker publishes the will on the publisher's behalf. Gives it its identity. */
  willPublished(publisher: number, will: Will, now: Instant): Message;

  /** All faults that were scheduled have ended. */
  faultsHealed(now: Instant): void;

  /**
   * At the horizon: some queue or window still holds `message` for `recipient`. A publisher that has not handed
   * it on yet holds it for everybody and says so with -1 (or any node that is no recipient of it).
   */
  held(recipient: number, message: Message): void;
}

/** A will, as data. */
export interface Will {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payloadBytes: number;
}
