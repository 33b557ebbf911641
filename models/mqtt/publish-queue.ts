/**
 * A first-in, first-out queue of PUBLISH packets that have no identifier yet, as a ring. A queue grows long where
 * a receiver is slow or away, so its packets are taken apart: beside its message, one that waits costs 16 bytes.
 */
import type { Message } from "../../src/trace/index.js";
import { Publish, type PublishRequest, qosOf } from "./packets/publish.js";

const CAPACITY_FIRST = 4;
/** What the flags of a PUBLISH stay below. */
const FLAGS = 32;

export class PublishQueue {
  length = 0;
  #messages: (Message | undefined)[] = emptySlots(CAPACITY_FIRST);
  /** The packets' bytes × `FLAGS`, and their flags. */
  #shapes: number[] = new Array<number>(CAPACITY_FIRST).fill(0);
  /** Who is to be told; absent until there is somebody. */
  #requests: (PublishRequest | undefined)[] | undefined;
  #head = 0;

  push({ message, flags, bytes, request }: Publish): void {
    if (this.length === this.#messages.length) this.#grow();
    const slot = this.#slot(this.length++);
    this.#messages[slot] = message;
    this.#shapes[slot] = bytes * FLAGS + flags;
    if (request !== undefined) this.#requests ??= emptySlots(this.#messages.length);
    if (this.#requests !== undefined) this.#requests[slot] = request;
  }

  /** The quality of service of the oldest; -1 when there is none. */
  get headQos(): number {
    return this.length === 0 ? -1 : qosOf(this.#shapes[this.#head] as number);
  }

  /** Takes the oldest out, with the identifier that it is to be sent with; undefined when there is none. */
  shift(identifier = 0): Publish | undefined {
    const publish = this.#publish(0, identifier);
    if (publish === undefined) return undefined;
    this.#messages[this.#head] = undefined;
    this.#head = this.#slot(1);
    this.length--;
    return publish;
  }

  /** The n-th oldest, from 0. */
  at(n: number): Publish | undefined {
    return n < this.length ? this.#publish(n, 0) : undefined;
  }

  /** The packet in the slot of the n-th oldest; slots that hold none have no message. */
  #publish(n: number, identifier: number): Publish | undefined {
    const slot = this.#slot(n);
    const message = this.#messages[slot];
    if (message === undefined) return undefined;
    const shape = this.#shapes[slot] as number;
    const bytes = Math.floor(shape / FLAGS);
    return new Publish(message, identifier, shape & (FLAGS - 1), bytes, this.#requests?.[slot]);
  }

  #slot(n: number): number {
    return (this.#head + n) & (this.#messages.length - 1);
  }

  #grow(): void {
    const waiting: Publish[] = [];
    for (let publish = this.shift(); publish !== undefined; publish = this.shift()) waiting.push(publish);
    const capacity = 2 * this.#messages.length;
    this.#messages = emptySlots(capacity);
    this.#shapes = new Array<number>(capacity).fill(0);
    this.#requests = undefined;
    this.#head = 0;
    for (const publish of waiting) this.push(publish);
  }
}

function emptySlots<Value>(count: number): (Value | undefined)[] {
  return new Array<Value | undefined>(count).fill(undefined);
}
