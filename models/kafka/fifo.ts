/** First in, first out, for queues that may become long: taking the first one out moves nothing. */

/** So many that were taken out are kept before the rest moves up. */
const SLACK = 256;

export class Fifo<Item> {
  readonly #items: Item[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  get first(): Item | undefined {
    return this.#items[this.#first];
  }

  set first(item: Item) {
    this.#items[this.#first] = item;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    if (++this.#first >= SLACK && this.#first * 2 >= this.#items.length) {
      this.#items.splice(0, this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Puts an item before the first, from the end, that is to come after it. */
  insert(item: Item, comesAfter: (other: Item) => boolean): void {
    let place = this.#items.length;
    while (place > this.#first && comesAfter(this.#items[place - 1] as Item)) place--;
    this.#items.splice(place, 0, item);
  }

  each(visit: (item: Item) => void): void {
    for (let at = this.#first; at < this.#items.length; at++) visit(this.#items[at] as Item);
  }

  clear(): void {
    this.#items.length = 0;
    this.#first = 0;
  }
}
