/** A first-in, first-out queue of PUBLISH packets in a ring: nothing is allocated once it has its size. */
import type { Publish } from "./packets/publish.js";

export class PublishQueue {
  length = 0;
  #slots: (Publish | undefined)[] = [undefined, undefined, undefined, undefined];
  #head = 0;

  push(publish: Publish): void {
    if (this.length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.length) & (this.#slots.length - 1)] = publish;
    this.length++;
  }

  /** Takes the oldest out. */
  shift(): Publish | undefined {
    if (this.length === 0) return undefined;
    const publish = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.length--;
    return publish;
  }

  /** The n-th oldest, from 0. */
  at(n: number): Publish | undefined {
    return n < this.length ? this.#slots[(this.#head + n) & (this.#slots.length - 1)] : undefined;
  }

  #grow(): void {
    const slots: (Publish | undefined)[] = [];
    for (let i = 0; i < this.length; i++) slots.push(this.at(i));
    for (let i = 0; i < this.length; i++) slots.push(undefined);
    this.#slots = slots;
    this.#head = 0;
  }
}
