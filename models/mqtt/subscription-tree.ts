/**
 * The subscriptions of a broker in a tree of topic levels [MQTT 5.0 §4.7]: finding who wants a topic costs its
 * levels, not the number of filters. Subscriptions to one filter form a list in the order in which they came.
 */
import { NO_SUBSCRIPTION, type SubscriptionRow, SubscriptionRows } from "./subscription-rows.js";

/** One level of filters. Its parts are made when they are needed. */
class Level {
  /** Levels below, by their text. */
  children: Map<string, Level> | undefined;
  /** The level below for `+`. */
  plus: Level | undefined;
  /** Filters that end here. */
  here: SubscriptionRow = NO_SUBSCRIPTION;
  /** Filters that end with `#` below this level. */
  below: SubscriptionRow = NO_SUBSCRIPTION;

  get empty(): boolean {
    const childless = this.children === undefined && this.plus === undefined;
    return childless && this.here === NO_SUBSCRIPTION && this.below === NO_SUBSCRIPTION;
  }
}

export class SubscriptionTree {
  readonly rows: SubscriptionRows = new SubscriptionRows();
  readonly #root: Level = new Level();
  /** Changes whenever a match may have changed. */
  version = 0;

  /**
   * Adds a subscription with QoS 0 and no options, in front of the owner's others, of which `sibling` is the first.
   * The filter must be valid and the owner must not have it yet.
   */
  add(owner: number, filter: string, sibling: SubscriptionRow = NO_SUBSCRIPTION): SubscriptionRow {
    this.version++;
    const { rows } = this;
    const row = rows.add(owner, filter, sibling);
    const levels = filter.split("/");
    const last = levels.length - 1;
    let level = this.#root;
    for (let i = 0; i < last; i++) level = childFor(level, levels[i] as string);
    if (levels[last] === "#") {
      level.below = rows.appended(level.below, row);
    } else {
      const end = childFor(level, levels[last] as string);
      end.here = rows.appended(end.here, row);
    }
    return row;
  }

  /** Takes out a subscription that was added; its row is free. */
  remove(row: SubscriptionRow): void {
    this.version++;
    this.#removeBelow(this.#root, this.rows.filter(row).split("/"), 0, row);
    this.rows.release(row);
  }

  /** Tells that a subscription's options have changed. */
  changed(): void {
    this.version++;
  }

  /** Adds to `found` every subscription whose filter matches the topic name. */
  match(topic: string, found: SubscriptionRow[]): void {
    const levels = topic.split("/");
    const root = this.#root;
    // `#` and `+` at the first level do not match names that begin with $ [MQTT-4.7.2-1].
    if (topic.startsWith("$")) {
      const child = root.children?.get(levels[0] as string);
      if (child !== undefined) this.#matchBelow(child, levels, 1, found);
      return;
    }
    this.#matchBelow(root, levels, 0, found);
  }

  #matchBelow(level: Level, levels: readonly string[], depth: number, found: SubscriptionRow[]): void {
    this.#collect(level.below, found);
    if (depth === levels.length) {
      this.#collect(level.here, found);
      return;
    }
    const child = level.children?.get(levels[depth] as string);
    if (child !== undefined) this.#matchBelow(child, levels, depth + 1, found);
    if (level.plus !== undefined) this.#matchBelow(level.plus, levels, depth + 1, found);
  }

  #collect(head: SubscriptionRow, found: SubscriptionRow[]): void {
    for (let row = head; row !== NO_SUBSCRIPTION; row = this.rows.next(row)) found.push(row);
  }

  /** Levels that hold nothing any more go too. */
  #removeBelow(level: Level, levels: readonly string[], depth: number, row: SubscriptionRow): void {
    const text = levels[depth];
    if (text === undefined) {
      level.here = this.rows.without(level.here, row);
    } else if (text === "#") {
      level.below = this.rows.without(level.below, row);
    } else {
      const child = text === "+" ? level.plus : level.children?.get(text);
      if (child === undefined) return;
      this.#removeBelow(child, levels, depth + 1, row);
      if (!child.empty) return;
      if (text === "+") level.plus = undefined;
      else level.children?.delete(text);
      if (level.children?.size === 0) level.children = undefined;
    }
  }
}

function childFor(level: Level, text: string): Level {
  if (text === "+") return (level.plus ??= new Level());
  level.children ??= new Map();
  let child = level.children.get(text);
  if (child === undefined) {
    child = new Level();
    level.children.set(text, child);
  }
  return child;
}
