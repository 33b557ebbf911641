/**
 * The latest messages of a stream: as many as are on their way at once. Whoever finds one missing finds here
 * what is known of it.
 */
const FEW = 4;
const MANY = 4096;

export class RecentMessages<Item extends { readonly index: number }> {
  #slots: (Item | undefined)[] = new Array<Item | undefined>(FEW).fill(undefined);

  /** Whether there can be room for more. */
  get growing(): boolean {
    return this.#slots.length < MANY;
  }

  /** How many there is room for. */
  get size(): number {
    return this.#slots.length;
  }

  add(message: Item): void {
    this.#slots[message.index & (this.#slots.length - 1)] = message;
  }

  /** Adds messages that follow each other. */
  addAll(messages: readonly Item[]): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const first = messages[0]?.index ?? 0;
    for (let place = 0; place < messages.length; place++) slots[(first + place) & mask] = messages[place];
  }

  /** Message `index`, if it is among the latest. */
  find(index: number): Item | undefined {
    const found = this.#slots[index & (this.#slots.length - 1)];
    return found?.index === index ? found : undefined;
  }

  /** Makes room for twice as many. */
  grow(): void {
    const kept = this.all();
    this.#slots = new Array<Item | undefined>(this.#slots.length * 2).fill(undefined);
    for (const message of kept) this.add(message);
  }

  all(): Item[] {
    return this.#slots.filter((message) => message !== undefined);
  }
}
