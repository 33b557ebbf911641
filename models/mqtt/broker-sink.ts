/** What a broker machine asks of its surroundings, and what it counts. */
import type { Instant } from "../../src/kernel/index.js";
import type { Message, Will } from "../../src/trace/index.js";
import type { Publish } from "./packets/publish.js";
import type { SenderSink } from "./sender-sink.js";

/** Kinds of a broker's timers. The id is a connection for `keepAlive`, a session for the others. */
export const BROKER_TIMER = { keepAlive: 0, sessionExpiry: 1, willDelay: 2, retry: 3 } as const;

/** What a broker asks for. */
export interface BrokerSink extends SenderSink {
  /** End a connection in an orderly way. */
  close(connection: number, now: Instant): void;
  /** A message of a client that has too many unfinished is answered and forgotten. */
  refused(publish: Publish, now: Instant): void;
  setTimer(kind: number, id: number, at: Instant): void;
  cancelTimer(kind: number, id: number): void;
  /** The client on `node` has a will, or none any more. */
  willDeclared(node: number, will: Will | undefined, now: Instant): void;
  /** The connection of the client on `node` ended without a goodbye: its will is to be out by `due`. */
  willDue(node: number, due: Instant, now: Instant): void;
  /** The will is published: its identity is wanted. */
  willPublished(node: number, will: Will, now: Instant): Message;
}

/** Counted since the broker began, over all its lives. */
export interface BrokerCounters {
  takeOvers: number;
  sessionsExpired: number;
  keepAliveTimeouts: number;
  willsPublished: number;
  /** When the latest will was published; 0 before the first. */
  lastWillAt: Instant;
  retainedSent: number;
}
