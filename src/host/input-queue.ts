/** Inputs that wait for their turn: a ring of three parallel arrays that grows by doubling. */
import type { InputTarget } from "./node.js";

const CAPACITY_AT_FIRST = 8;

export class InputQueue {
  size = 0;
  #targets: (InputTarget<unknown> | undefined)[] = new Array(CAPACITY_AT_FIRST).fill(undefined);
  #codes: number[] = new Array(CAPACITY_AT_FIRST).fill(0);
  #contents: unknown[] = new Array(CAPACITY_AT_FIRST).fill(undefined);
  #head = 0;

  push(target: InputTarget<unknown>, code: number, content: unknown): void {
    if (this.size === this.#targets.length) this.#grow();
    const place = (this.#head + this.size++) & (this.#targets.length - 1);
    this.#targets[place] = target;
    this.#codes[place] = code;
    this.#contents[place] = content;
  }

  /** The input at the head. The queue must not be empty. */
  get target(): InputTarget<unknown> {
    return this.#targets[this.#head] as InputTarget<unknown>;
  }

  get code(): number {
    return this.#codes[this.#head] as number;
  }

  get content(): unknown {
    return this.#contents[this.#head];
  }

  /** Removes the input at the head. */
  shift(): void {
    this.#targets[this.#head] = undefined;
    this.#contents[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#targets.length - 1);
    this.size--;
  }

  clear(): void {
    while (this.size > 0) this.shift();
  }

  #grow(): void {
    const size = this.size;
    this.#targets = this.#unrolled(this.#targets, undefined);
    this.#codes = this.#unrolled(this.#codes, 0);
    this.#contents = this.#unrolled(this.#contents, undefined);
    this.#head = 0;
    this.size = size;
  }

  #unrolled<Value>(values: readonly Value[], nothing: Value): Value[] {
    const unrolled = [...values.slice(this.#head), ...values.slice(0, this.#head)];
    for (let i = values.length; i > 0; i--) unrolled.push(nothing);
    return unrolled;
  }
}
