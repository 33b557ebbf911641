/** Checkers of one partition that keep everything and look at it when all is over. One group. */
import { type Message, POSITION_RESET } from "../../src/trace/index.js";

interface Reading {
  /** Offset of the next record; -1: not known. */
  next: number;
  /** Read without a jump. */
  from: number;
  readTo: number;
  at: number;
  inGroup: boolean;
  /** By key, where the last record of it stood that it got. */
  readonly table: Map<string, number>;
}

interface Key {
  readonly name: string;
  readonly deletes: boolean;
}

interface Gap {
  readonly check: string;
  readonly from: number;
  readonly to: number;
}

export class NaiveLog {
  /** A record has taken the place of another one. */
  replaced = false;
  /** Every place that somebody was told of a record, in order. */
  readonly #told: { readonly message: Message; readonly offset: number }[] = [];
  readonly #now = new Map<number, Message>();
  readonly #acknowledged = new Set<Message>();
  readonly #failed = new Set<Message>();
  readonly #polled = new Set<Message>();
  readonly #processed = new Set<Message>();
  readonly #readings = new Map<number, Reading>();
  readonly #passed = new Set<number>();
  readonly #gaps: Gap[] = [];
  readonly #broken = new Set<string>();
  readonly #owners = new Set<number>();
  /** Of records in a compacted partition. */
  readonly #keys = new Map<Message, Key>();
  #groupFrom = -1;
  #groupReadTo = -1;
  #committed = -1;

  keyed(message: Message, name: string, deletes: boolean): void {
    this.#keys.set(message, { name, deletes });
  }

  stored(message: Message, offset: number): void {
    this.#acknowledged.add(message);
    this.#tell(message, offset);
  }

  failed(message: Message): void {
    this.#failed.add(message);
  }

  processed(message: Message): void {
    this.#processed.add(message);
  }

  committed(offset: number): void {
    this.#committed = Math.max(this.#committed, offset);
  }

  polled(consumer: number, offset: number, message: Message, at: number): void {
    const reading = this.#reading(consumer);
    const within = reading.at === at ? "int-" : "";
    if (reading.next >= 0 && offset < reading.next) this.#broken.add(`${within}nonmonotonic-poll`);
    if (reading.next >= 0 && offset > reading.next)
      this.#gaps.push({ check: `${within}poll-skip`, from: reading.next, to: offset });
    if (reading.from < 0 || offset < reading.readTo) this.#jump(reading, offset);
    reading.next = offset + 1;
    reading.readTo = offset + 1;
    reading.at = at;
    if (reading.inGroup) {
      if (this.#groupFrom < 0) this.#groupFrom = offset;
      this.#groupReadTo = Math.max(this.#groupReadTo, offset + 1);
    }
    const key = this.#keys.get(message);
    if (key !== undefined) reading.table.set(key.name, offset);
    this.#polled.add(message);
    this.#tell(message, offset);
  }

  positioned(consumer: number, offset: number, why: number): void {
    const reading = this.#reading(consumer);
    this.#jump(reading, offset);
    reading.at = -1;
    if (why !== POSITION_RESET) reading.next = offset;
    else if (reading.next < 0) {
      reading.next = reading.inGroup && this.#groupReadTo >= 0 ? this.#groupReadTo : offset;
    }
    if (reading.inGroup && this.#groupFrom < 0) this.#groupFrom = offset;
  }

  assigned(consumer: number): void {
    const reading = this.#reading(consumer);
    reading.inGroup = true;
    reading.next = -1;
    reading.at = -1;
    if (!this.#owners.has(consumer) && this.#owners.size > 0) this.#broken.add("single-owner");
    this.#owners.add(consumer);
  }

  revoked(consumer: number): void {
    this.#owners.delete(consumer);
  }

  /** By check, whether it is violated. */
  violated(): ReadonlyMap<string, boolean> {
    for (const reading of this.#readings.values()) this.#pass(reading);
    const places = this.#told;
    const isUnpolled = ({ message, offset }: { message: Message; offset: number }): boolean =>
      this.#acknowledged.has(message) && !this.#polled.has(message) && !this.#mayBeTaken(message, offset);
    const begin = Math.min(
      ...[...this.#readings.values()].filter(({ from }) => from >= 0).map(({ from }) => from),
      ...this.#passed,
    );
    return new Map([
      ["lost-write", places.some((place) => isUnpolled(place) && this.#passed.has(place.offset))],
      ["unseen", places.some((place) => isUnpolled(place) && place.offset >= begin)],
      ["committed-ahead", this.#isAhead()],
      ["last-value", this.#missesLast()],
      ["duplicate", this.#differ(places, "message", "offset")],
      ["inconsistent-offsets", this.#differ(places, "offset", "message")],
      ["aborted-read", [...this.#failed].some((message) => this.#polled.has(message))],
      ["single-owner", this.#broken.has("single-owner")],
      ...["poll-skip", "int-poll-skip"].map((check) => [check, this.#skips(check)] as const),
      ...["nonmonotonic-poll"].map((check) => [check, this.#broken.has(check)] as const),
    ]);
  }

  /** Whether of two records of one producer the later one stands first, each where it was told first. */
  sendsOutOfOrder(): boolean {
    const first = new Map<Message, number>();
    for (const { message, offset } of this.#told) if (!first.has(message)) first.set(message, offset);
    return [...first].some(([one, offset]) =>
      [...first].some(([other, there]) => {
        return one.stream === other.stream && one.index < other.index && offset > there;
      }),
    );
  }

  #isReal(message: Message): boolean {
    return this.#acknowledged.has(message) || (this.#polled.has(message) && !this.#failed.has(message));
  }

  #isAhead(): boolean {
    if (this.#groupFrom < 0) return false;
    return [...this.#now].some(
      ([offset, message]) =>
        offset >= this.#groupFrom &&
        offset < this.#committed &&
        this.#isReal(message) &&
        !this.#mayBeTaken(message, offset) &&
        !this.#processed.has(message),
    );
  }

  #skips(check: string): boolean {
    return this.#gaps.some(
      (gap) =>
        gap.check === check &&
        [...this.#now].some(([offset, message]) => {
          const isThere = this.#isReal(message) && !this.#mayBeTaken(message, offset);
          return offset >= gap.from && offset < gap.to && isThere;
        }),
    );
  }

  /** By compaction. */
  #mayBeTaken(message: Message, offset: number): boolean {
    const key = this.#keys.get(message);
    if (key === undefined) return false;
    const later = this.#told.some((other) => {
      const isSame = this.#keys.get(other.message)?.name === key.name;
      return isSame && other.offset > offset && this.#isReal(other.message);
    });
    return key.deletes || later;
  }

  /** Whether a consumer has passed the last record of a key, and has an older one. */
  #missesLast(): boolean {
    return [...this.#readings.values()].some(({ table, from, readTo }) =>
      [...table].some(([name, got]) => {
        const places = [...this.#now].filter(
          ([, message]) => this.#keys.get(message)?.name === name && this.#isReal(message),
        );
        const last = Math.max(...places.map(([offset]) => offset));
        return last > got && last >= from && last < readTo;
      }),
    );
  }

  /** Whether two of them agree in one and differ in the other. */
  #differ(
    places: readonly { readonly message: Message; readonly offset: number }[],
    agree: "message" | "offset",
    differ: "message" | "offset",
  ): boolean {
    return places.some((one) =>
      places.some((two) => one[agree] === two[agree] && one[differ] !== two[differ]),
    );
  }

  #tell(message: Message, offset: number): void {
    const before = this.#now.get(offset);
    if (before !== undefined && before !== message) this.replaced = true;
    this.#now.set(offset, message);
    this.#told.push({ message, offset });
  }

  #jump(reading: Reading, offset: number): void {
    this.#pass(reading);
    reading.from = offset;
    reading.readTo = offset;
  }

  #pass({ from, readTo }: Reading): void {
    for (let offset = from; from >= 0 && offset < readTo; offset++) this.#passed.add(offset);
  }

  #reading(consumer: number): Reading {
    const known = this.#readings.get(consumer);
    if (known !== undefined) return known;
    const reading = {
      next: -1,
      from: -1,
      readTo: -1,
      at: -1,
      inGroup: false,
      table: new Map<string, number>(),
    };
    this.#readings.set(consumer, reading);
    return reading;
  }
}
