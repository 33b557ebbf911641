/**
 * The subscriptions of a broker's sessions, a row of 20 bytes and a filter each: a broker has as many as it has
 * clients, and looks at most of them once. A subscription is known by its row.
 */
import { grown } from "../../src/kernel/index.js";

/** A subscription's row. */
export type SubscriptionRow = number;

export const NO_SUBSCRIPTION: SubscriptionRow = -1;

const ROWS_AT_FIRST = 8;
/** A row is five integers. */
const ROW = 5;
const OWNER = 0;
/** Granted QoS and options, packed. */
const OPTIONS = 1;
/** The owner's next subscription, whatever its filter. Of a free row: the next free one. */
const SIBLING = 2;
/** The list of those with this filter. */
const PREVIOUS = 3;
const NEXT = 4;

const NO_LOCAL = 4;
const RETAIN_AS_PUBLISHED = 8;

export class SubscriptionRows {
  size = 0;
  #rows: Int32Array = new Int32Array(ROWS_AT_FIRST * ROW);
  readonly #filters: string[] = [];
  #free: SubscriptionRow = NO_SUBSCRIPTION;

  /** A subscription of `owner`, in no list. `sibling` is the owner's next one. */
  add(owner: number, filter: string, sibling: SubscriptionRow): SubscriptionRow {
    let row = this.#free;
    if (row === NO_SUBSCRIPTION) {
      row = this.#filters.length;
      if (row * ROW === this.#rows.length) this.#grow(row);
    } else {
      this.#free = this.sibling(row);
    }
    this.size++;
    this.#filters[row] = filter;
    this.#rows.fill(NO_SUBSCRIPTION, row * ROW, (row + 1) * ROW);
    this.#set(row, OWNER, owner);
    this.#set(row, SIBLING, sibling);
    return row;
  }

  /** Gives the row back. */
  release(row: SubscriptionRow): void {
    this.size--;
    this.#filters[row] = "";
    this.setSibling(row, this.#free);
    this.#free = row;
  }

  owner(row: SubscriptionRow): number {
    return this.#get(row, OWNER);
  }

  filter(row: SubscriptionRow): string {
    return this.#filters[row] as string;
  }

  /** The granted QoS. */
  qos(row: SubscriptionRow): number {
    return this.#get(row, OPTIONS) & 3;
  }

  noLocal(row: SubscriptionRow): boolean {
    return (this.#get(row, OPTIONS) & NO_LOCAL) !== 0;
  }

  retainAsPublished(row: SubscriptionRow): boolean {
    return (this.#get(row, OPTIONS) & RETAIN_AS_PUBLISHED) !== 0;
  }

  grant(row: SubscriptionRow, qos: number, noLocal: boolean, retainAsPublished: boolean): void {
    const options = qos | (noLocal ? NO_LOCAL : 0) | (retainAsPublished ? RETAIN_AS_PUBLISHED : 0);
    this.#set(row, OPTIONS, options);
  }

  sibling(row: SubscriptionRow): SubscriptionRow {
    return this.#get(row, SIBLING);
  }

  setSibling(row: SubscriptionRow, sibling: SubscriptionRow): void {
    this.#set(row, SIBLING, sibling);
  }

  next(row: SubscriptionRow): SubscriptionRow {
    return this.#get(row, NEXT);
  }

  /** Appends to a list and returns its head. The list is a ring through `previous` of its head: appending needs no walk. */
  appended(head: SubscriptionRow, row: SubscriptionRow): SubscriptionRow {
    this.#set(row, NEXT, NO_SUBSCRIPTION);
    if (head === NO_SUBSCRIPTION) {
      this.#set(row, PREVIOUS, row);
      return row;
    }
    const tail = this.#get(head, PREVIOUS);
    this.#set(tail, NEXT, row);
    this.#set(row, PREVIOUS, tail);
    this.#set(head, PREVIOUS, row);
    return head;
  }

  /** Takes out of a list and returns its head. */
  without(head: SubscriptionRow, row: SubscriptionRow): SubscriptionRow {
    const next = this.#get(row, NEXT);
    const previous = this.#get(row, PREVIOUS);
    if (row === head) {
      if (next !== NO_SUBSCRIPTION) this.#set(next, PREVIOUS, previous);
      return next;
    }
    this.#set(previous, NEXT, next);
    this.#set(next === NO_SUBSCRIPTION ? head : next, PREVIOUS, previous);
    return head;
  }

  #get(row: SubscriptionRow, field: number): number {
    return this.#rows[row * ROW + field] as number;
  }

  #set(row: SubscriptionRow, field: number, value: number): void {
    this.#rows[row * ROW + field] = value;
  }

  #grow(used: number): void {
    const rows = new Int32Array(grown(used) * ROW);
    rows.set(this.#rows);
    this.#rows = rows;
  }
}
