/**
 * The subscriptions of a broker in a tree of topic levels [MQTT 5.0 §4.7]: finding who wants a topic costs its
 * levels, not the number of filters. Subscriptions to one filter form a list in the order in which they came.
 */
const NO_LOCAL = 4;
const RETAIN_AS_PUBLISHED = 8;

export class Subscription<Owner> {
  readonly owner: Owner;
  readonly filter: string;
  /** Granted QoS and options, packed. */
  #options = 0;
  /** The owner's next subscription, whatever its filter. */
  sibling: Subscription<Owner> | undefined;
  /** The list of those with this filter. */
  previous: Subscription<Owner> | undefined;
  next: Subscription<Owner> | undefined;

  constructor(owner: Owner, filter: string, qos: number, noLocal: boolean, retainAsPublished: boolean) {
    this.owner = owner;
    this.filter = filter;
    this.grant(qos, noLocal, retainAsPublished);
  }

  /** The granted QoS. */
  get qos(): number {
    return this.#options & 3;
  }

  get noLocal(): boolean {
    return (this.#options & NO_LOCAL) !== 0;
  }

  get retainAsPublished(): boolean {
    return (this.#options & RETAIN_AS_PUBLISHED) !== 0;
  }

  grant(qos: number, noLocal: boolean, retainAsPublished: boolean): void {
    this.#options = qos | (noLocal ? NO_LOCAL : 0) | (retainAsPublished ? RETAIN_AS_PUBLISHED : 0);
  }
}

/** One level of filters. Its parts are made when they are needed. */
class Level<Owner> {
  /** Levels below, by their text. */
  children: Map<string, Level<Owner>> | undefined;
  /** The level below for `+`. */
  plus: Level<Owner> | undefined;
  /** Filters that end here. */
  here: Subscription<Owner> | undefined;
  /** Filters that end with `#` below this level. */
  below: Subscription<Owner> | undefined;

  get empty(): boolean {
    const childless = this.children === undefined && this.plus === undefined;
    return childless && this.here === undefined && this.below === undefined;
  }
}

export class SubscriptionTree<Owner> {
  readonly #root: Level<Owner> = new Level();
  /** Changes whenever a match may have changed. */
  version = 0;
  size = 0;

  /** Adds a subscription. Its filter must be valid and its owner must not have it yet. */
  add(subscription: Subscription<Owner>): void {
    this.version++;
    this.size++;
    const levels = subscription.filter.split("/");
    const last = levels.length - 1;
    let level = this.#root;
    for (let i = 0; i < last; i++) level = childFor(level, levels[i] as string);
    if (levels[last] === "#") {
      level.below = appended(level.below, subscription);
    } else {
      const end = childFor(level, levels[last] as string);
      end.here = appended(end.here, subscription);
    }
  }

  /** Takes out a subscription that was added. */
  remove(subscription: Subscription<Owner>): void {
    this.version++;
    this.size--;
    this.#removeBelow(this.#root, subscription.filter.split("/"), 0, subscription);
  }

  /** Tells that a subscription's options have changed. */
  changed(): void {
    this.version++;
  }

  /** Adds to `found` every subscription whose filter matches the topic name. */
  match(topic: string, found: Subscription<Owner>[]): void {
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

  #matchBelow(
    level: Level<Owner>,
    levels: readonly string[],
    depth: number,
    found: Subscription<Owner>[],
  ): void {
    collect(level.below, found);
    if (depth === levels.length) {
      collect(level.here, found);
      return;
    }
    const child = level.children?.get(levels[depth] as string);
    if (child !== undefined) this.#matchBelow(child, levels, depth + 1, found);
    if (level.plus !== undefined) this.#matchBelow(level.plus, levels, depth + 1, found);
  }

  /** Levels that hold nothing any more go too. */
  #removeBelow(
    level: Level<Owner>,
    levels: readonly string[],
    depth: number,
    subscription: Subscription<Owner>,
  ): void {
    const text = levels[depth];
    if (text === undefined) {
      level.here = without(level.here, subscription);
    } else if (text === "#") {
      level.below = without(level.below, subscription);
    } else {
      const child = text === "+" ? level.plus : level.children?.get(text);
      if (child === undefined) return;
      this.#removeBelow(child, levels, depth + 1, subscription);
      if (!child.empty) return;
      if (text === "+") level.plus = undefined;
      else level.children?.delete(text);
      if (level.children?.size === 0) level.children = undefined;
    }
  }
}

function childFor<Owner>(level: Level<Owner>, text: string): Level<Owner> {
  if (text === "+") return (level.plus ??= new Level());
  level.children ??= new Map();
  let child = level.children.get(text);
  if (child === undefined) {
    child = new Level();
    level.children.set(text, child);
  }
  return child;
}

/** The list is a ring through `previous` of its head, so that appending needs no walk. */
function appended<Owner>(
  head: Subscription<Owner> | undefined,
  subscription: Subscription<Owner>,
): Subscription<Owner> {
  if (head === undefined) {
    subscription.previous = subscription;
    return subscription;
  }
  const tail = head.previous as Subscription<Owner>;
  tail.next = subscription;
  subscription.previous = tail;
  head.previous = subscription;
  return head;
}

function without<Owner>(
  head: Subscription<Owner> | undefined,
  subscription: Subscription<Owner>,
): Subscription<Owner> | undefined {
  if (head === undefined) return undefined;
  const { next, previous } = subscription;
  subscription.next = undefined;
  subscription.previous = undefined;
  if (subscription === head) {
    if (next !== undefined) next.previous = previous;
    return next;
  }
  (previous as Subscription<Owner>).next = next;
  (next ?? head).previous = previous;
  return head;
}

function collect<Owner>(head: Subscription<Owner> | undefined, found: Subscription<Owner>[]): void {
  for (let each = head; each !== undefined; each = each.next) found.push(each);
}
