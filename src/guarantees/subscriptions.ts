/**
 * Subscriptions as the history keeps them: a row of 32 bytes each, because a fleet has as many as it has clients
 * and most are made once and never looked at again. A `Subscription` is a row to hold in the hand.
 */
import { type Instant, grown } from "../kernel/index.js";
import type { RetainedTopic } from "./checks/retained-topic.js";
import type { Stream } from "./stream.js";

export class Filter {
  readonly text: string;
  /** Place in the table's list of filters. */
  readonly index: number;
  /** The first of a chain of rows, the latest first. */
  head: number = NONE;
  readonly #table: Subscriptions;
  /** The topics that the filter matches; absent until there is one. */
  topics: Topic[] | undefined;

  constructor(text: string, index: number, table: Subscriptions) {
    this.text = text;
    this.index = index;
    this.#table = table;
  }

  /** The latest; the others follow as `nextOfFilter`. */
  get subscriptions(): Subscription | undefined {
    return this.#table.at(this.head);
  }
}

export class Topic {
  readonly text: string;
  readonly filters: Filter[] = [];
  readonly streams: Stream[] = [];
  /** What was published to be retained; absent until something was. */
  retained: RetainedTopic | undefined;

  constructor(text: string) {
    this.text = text;
  }
}

const ROWS_AT_FIRST = 16;
const NONE = -1;

/** A row is eight 32-bit integers; the last two are a double. */
const ROW = 8;
const RECIPIENT = 0;
const FILTER = 1;
/** The next rows of this filter and of this recipient. */
const NEXT_OF_FILTER = 2;
const NEXT_OF_RECIPIENT = 3;
/** Quality granted + 1, doubled, and one more if the application asks for it. */
const STANDING = 4;
const UNANSWERED = 5;
/** In doubles: when it was confirmed. */
const WORDS = 4;
const GRANTED_AT = 3;

export class Subscriptions {
  #words: Float64Array = new Float64Array(ROWS_AT_FIRST * WORDS);
  #rows: Int32Array = new Int32Array(this.#words.buffer);
  #size = 0;
  /** By recipient: the first of a chain of rows, the latest first. */
  #heads: Int32Array = new Int32Array(ROWS_AT_FIRST).fill(NONE);
  readonly #filters: Filter[] = [];
  /** Rows with answers to come that belong to requests taken back since: how many. */
  readonly stale: Map<number, number> = new Map();

  filter(text: string): Filter {
    const filter = new Filter(text, this.#filters.length, this);
    this.#filters.push(filter);
    return filter;
  }

  /** A subscription, neither wanted nor granted. */
  add(recipient: number, filter: Filter): Subscription {
    const row = this.#size++;
    if (row * ROW === this.#rows.length) this.#grow();
    while (recipient >= this.#heads.length) this.#growHeads();
    const rows = this.#rows;
    rows[row * ROW + RECIPIENT] = recipient;
    rows[row * ROW + FILTER] = filter.index;
    rows[row * ROW + NEXT_OF_FILTER] = filter.head;
    rows[row * ROW + NEXT_OF_RECIPIENT] = this.#heads[recipient] as number;
    this.#words[row * WORDS + GRANTED_AT] = -1;
    filter.head = this.#heads[recipient] = row;
    return new Subscription(this, row);
  }

  /** The recipient's latest. */
  firstOf(recipient: number): Subscription | undefined {
    return this.at(this.#heads[recipient] ?? NONE);
  }

  recipient(row: number): number {
    return this.#rows[row * ROW + RECIPIENT] as number;
  }

  filterOf(row: number): Filter {
    return this.#filters[this.#rows[row * ROW + FILTER] as number] as Filter;
  }

  nextOfFilter(row: number): Subscription | undefined {
    return this.at(this.#rows[row * ROW + NEXT_OF_FILTER] as number);
  }

  nextOfRecipient(row: number): Subscription | undefined {
    return this.at(this.#rows[row * ROW + NEXT_OF_RECIPIENT] as number);
  }

  standing(row: number): number {
    return this.#rows[row * ROW + STANDING] as number;
  }

  setStanding(row: number, standing: number): void {
    this.#rows[row * ROW + STANDING] = standing;
  }

  unanswered(row: number): number {
    return this.#rows[row * ROW + UNANSWERED] as number;
  }

  setUnanswered(row: number, count: number): void {
    this.#rows[row * ROW + UNANSWERED] = count;
  }

  grantedAt(row: number): Instant {
    return this.#words[row * WORDS + GRANTED_AT] as Instant;
  }

  setGrantedAt(row: number, at: Instant): void {
    this.#words[row * WORDS + GRANTED_AT] = at;
  }

  /** The subscription in a row; undefined for none. */
  at(row: number): Subscription | undefined {
    return row === NONE ? undefined : new Subscription(this, row);
  }

  #grow(): void {
    const words = new Float64Array(grown(this.#size - 1) * WORDS);
    words.set(this.#words);
    this.#words = words;
    this.#rows = new Int32Array(words.buffer);
  }

  #growHeads(): void {
    const heads = new Int32Array(grown(this.#heads.length)).fill(NONE);
    heads.set(this.#heads);
    this.#heads = heads;
  }
}

/** One recipient's subscription to one filter. Kept after its end: what was in flight may still come. */
export class Subscription {
  readonly #table: Subscriptions;
  readonly #row: number;

  constructor(table: Subscriptions, row: number) {
    this.#table = table;
    this.#row = row;
  }

  get recipient(): number {
    return this.#table.recipient(this.#row);
  }

  get filter(): Filter {
    return this.#table.filterOf(this.#row);
  }

  /** The filter's next subscription; the recipient's next one. */
  get nextOfFilter(): Subscription | undefined {
    return this.#table.nextOfFilter(this.#row);
  }

  get nextOfRecipient(): Subscription | undefined {
    return this.#table.nextOfRecipient(this.#row);
  }

  /** The application asks for it. */
  get wanted(): boolean {
    return (this.#table.standing(this.#row) & 1) === 1;
  }

  set wanted(wanted: boolean) {
    this.#table.setStanding(this.#row, standing(this.granted, wanted));
  }

  /** Quality granted; -1 while it is not confirmed. */
  get granted(): number {
    return (this.#table.standing(this.#row) >> 1) - 1;
  }

  set granted(quality: number) {
    this.#table.setStanding(this.#row, standing(quality, this.wanted));
  }

  /** How often it was asked for without an answer so far. */
  get unanswered(): number {
    return this.#table.unanswered(this.#row);
  }

  set unanswered(count: number) {
    this.#table.setUnanswered(this.#row, count);
  }

  /** How many of the answers to come belong to requests that were taken back since. */
  get stale(): number {
    return this.#table.stale.get(this.#row) ?? 0;
  }

  set stale(count: number) {
    if (count > 0) this.#table.stale.set(this.#row, count);
    else this.#table.stale.delete(this.#row);
  }

  /** When it was confirmed. */
  get grantedAt(): Instant {
    return this.#table.grantedAt(this.#row);
  }

  set grantedAt(at: Instant) {
    this.#table.setGrantedAt(this.#row, at);
  }
}

function standing(granted: number, wanted: boolean): number {
  return ((granted + 1) << 1) | (wanted ? 1 : 0);
}
