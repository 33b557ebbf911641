/**
 * What a broker asks of other brokers that lead partitions or coordinate transactions. It may be the one itself: then
 * nothing goes over the network.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { Connections } from "../connections.js";
import type { Request, Response } from "../protocol/frames.js";
import type { BrokerContext } from "./fetcher.js";

/** Undefined: the connection was lost, or never came about. */
export type Answered = (answer: Response | undefined, now: Instant) => void;

/** Each purpose has a connection of its own, since a broker serves one request of a connection at a time. */
export const LANE = { markers: 0, partitions: 1 } as const;
export type Lane = (typeof LANE)[keyof typeof LANE];

const LANES = 2;
/** Peers above this are these; below are the controller and leaders that are followed. */
export const FIRST_LINK_PEER = 0x100000;

interface Question {
  readonly request: Request;
  readonly answered: Answered;
}

/** What the links need of their broker. */
export interface LinkOwner {
  readonly id: number;
  hostOf(broker: number): string | undefined;
  /** As if it had come on that connection. */
  serve(connection: number, request: Request, now: Instant): void;
}

export class BrokerLinks {
  readonly #connections: Connections<BrokerContext>;
  readonly #owner: LinkOwner;
  /** By peer, what waits for the connection. */
  readonly #waiting = new Map<number, Question[]>();
  /** What the broker has asked itself, by connection: those below 0 are none. */
  readonly #own = new Map<number, Answered>();
  #asked = 0;

  constructor(connections: Connections<BrokerContext>, owner: LinkOwner) {
    this.#connections = connections;
    this.#owner = owner;
  }

  ask(lane: Lane, broker: number, request: Request, answered: Answered, now: Instant): void {
    if (broker === this.#owner.id) {
      const connection = -1 - this.#asked++;
      this.#own.set(connection, answered);
      return this.#owner.serve(connection, request, now);
    }
    const host = this.#owner.hostOf(broker);
    if (host === undefined) return answered(undefined, now);
    const peer = FIRST_LINK_PEER + LANES * broker + lane;
    if (this.#connections.isOpen(peer)) return this.#send(peer, { request, answered }, now);
    const waiting = this.#waiting.get(peer);
    if (waiting === undefined) this.#waiting.set(peer, [{ request, answered }]);
    else waiting.push({ request, answered });
    this.#connections.want(peer, host, now);
  }

  /** True: the broker has answered itself. */
  reply(connection: number, answer: Response | undefined, now: Instant): boolean {
    const answered = this.#own.get(connection);
    this.#own.delete(connection);
    answered?.(answer, now);
    return connection < 0;
  }

  ready(peer: number, now: Instant): void {
    for (const question of this.#waiting.get(peer)?.splice(0) ?? []) this.#send(peer, question, now);
  }

  lost(peer: number, unanswered: readonly BrokerContext[], now: Instant): void {
    const waiting = this.#waiting.get(peer)?.splice(0) ?? [];
    for (const context of unanswered) if (context.kind === "question") context.answered(undefined, now);
    for (const { answered } of waiting) answered(undefined, now);
  }

  /** The process has died. */
  forget(): void {
    this.#waiting.clear();
    this.#own.clear();
  }

  #send(peer: number, { request, answered }: Question, now: Instant): void {
    this.#connections.send(peer, request, { kind: "question", answered }, now);
  }
}
