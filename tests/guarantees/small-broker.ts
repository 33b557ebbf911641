/**
 * A system that keeps every promise, small enough to be seen through: two publishers, one broker, two
 * subscribers, FIFO in all directions, nothing lost. What happens next is picked by numbers; on request it
 * breaks one promise once.
 */
import { DELIVERY_LIVE, DELIVERY_RETAINED, Message } from "../../src/trace/index.js";
import { History } from "../../src/guarantees/index.js";
import { ANNA, BOB, CARL, matches, NAMES } from "./histories.js";

export type Breach =
  "none" | "loss" | "repetition" | "swap" | "creation" | "stale-retained" | "ghost-retained" | "will";

type Up = { message: Message } | { subscribe: string; qos: number } | { unsubscribe: string };
type Down = { message: Message; kind: number } | { confirm: string; qos: number };

const PUBLISHERS = [ANNA, CARL];
const SUBSCRIBERS = [BOB, CARL];
const TOPICS = ["t", "u"];
const FILTERS = ["t", "u", "all"];
const WILL = { topic: "will", qos: 1, retain: false, payloadBytes: 4 };

export class SmallBroker {
  readonly history: History = new History(NAMES, matches);
  /** Whether the breach that was asked for has happened. */
  breached = false;

  readonly #breach: Breach;
  readonly #endings: boolean;
  #now = 0;
  readonly #up: Up[][] = [[], [], []];
  readonly #down: Down[][] = [[], [], []];
  readonly #acknowledgements: Message[][] = [[], [], []];
  readonly #acknowledgedAt = new Map<Message, number>();
  readonly #requests: { readonly node: number; readonly filter: string; readonly at: number }[] = [];
  /** By node: when a subscription to everything was confirmed. */
  readonly #confirmedAt = new Map<number, number>();
  readonly #subscriptions: Map<string, number>[] = [new Map(), new Map(), new Map()];
  readonly #retained = new Map<string, Message[]>();
  #willDeclared = false;
  #willDue = 0;

  /** `endings`: subscriptions and sessions may end, so that promises do too. */
  constructor(breach: Breach, endings: boolean) {
    this.#breach = breach;
    this.#endings = endings;
    this.history.faultsHealed(0);
  }

  run(picks: readonly number[]): void {
    for (const pick of picks) {
      this.#now += pick % 3;
      this.#step(pick % 10, pick >>> 4);
    }
    this.#now++;
    if (this.#willDue > 0) this.#publishWill();
    for (let round = 0; round < 4; round++) {
      for (const node of [ANNA, BOB, CARL]) {
        while (this.#up[node]?.length) this.#serve(node);
        while (this.#acknowledgements[node]?.length) this.#acknowledge(node);
        while (this.#down[node]?.length) this.#deliver(node);
      }
    }
  }

  conclude(): ReturnType<History["conclude"]> {
    return this.history.conclude(this.#now + 1_000);
  }

  #step(what: number, pick: number): void {
    const publisher = PUBLISHERS[pick % 2] as number;
    const subscriber = SUBSCRIBERS[pick % 2] as number;
    const filter = FILTERS[(pick >>> 1) % 3] as string;
    if (what <= 2) this.#publish(publisher, pick >>> 1);
    else if (what === 3) this.#serve(pick % 3);
    else if (what === 4) this.#acknowledge(publisher);
    else if (what <= 6) this.#deliver(subscriber);
    else if (what === 7) this.#subscribe(subscriber, filter, 1 + ((pick >>> 3) % 2));
    else if (what === 8) this.#stepOfWill(pick);
    else if (this.#endings) this.#end(subscriber, filter, pick >>> 3);
  }

  #publish(publisher: number, pick: number): void {
    const topic = TOPICS[pick % 2] as string;
    const retain = (pick >>> 2) % 3 === 0;
    const bytes = retain && (pick >>> 4) % 4 === 0 ? 0 : 8;
    const message = this.history.publish(publisher, topic, 1 + ((pick >>> 6) % 2), bytes, retain, this.#now);
    this.#up[publisher]?.push({ message });
  }

  /** The broker takes the next thing that a node sent. */
  #serve(node: number): void {
    const next = this.#up[node]?.shift();
    if (next === undefined) return;
    if ("message" in next) {
      this.#route(next.message);
      this.#acknowledgements[node]?.push(next.message);
    } else if ("unsubscribe" in next) this.#subscriptions[node]?.delete(next.unsubscribe);
    else this.#accept(node, next.subscribe, next.qos);
  }

  #route(message: Message): void {
    const { topic } = message.stream;
    if (message.retain) this.#retained.set(topic, [message, ...(this.#retained.get(topic) ?? [])]);
    for (const node of SUBSCRIBERS) {
      const filters = [...(this.#subscriptions[node]?.keys() ?? [])];
      if (!filters.some((filter) => matches(filter, topic))) continue;
      const queue = this.#down[node] as Down[];
      const before = queue.at(-1);
      queue.push({ message, kind: DELIVERY_LIVE });
      if (this.#breach === "swap" && before !== undefined && "message" in before) {
        const follows = before.message.stream === message.stream && before.kind === DELIVERY_LIVE;
        if (follows && this.#once()) queue.push(...queue.splice(-2).reverse());
      }
    }
  }

  #accept(node: number, filter: string, qos: number): void {
    this.#subscriptions[node]?.set(filter, qos);
    for (const [topic, kept] of this.#retained) {
      if (matches(filter, topic)) this.#sendRetained(node, kept);
    }
    this.#down[node]?.push({ confirm: filter, qos });
  }

  #sendRetained(node: number, [newest, ...older]: readonly Message[]): void {
    if (newest === undefined) return;
    const cleared = newest.payloadBytes === 0;
    const old =
      this.#breach === (cleared ? "ghost-retained" : "stale-retained") && this.#outdated(node, newest, older);
    if (old && this.#once()) this.#down[node]?.push({ message: old, kind: DELIVERY_RETAINED });
    else if (!cleared) this.#down[node]?.push({ message: newest, kind: DELIVERY_RETAINED });
  }

  /** A message that was certainly over when the node asked, for the only time, for its topic. */
  #outdated(node: number, newest: Message, older: readonly Message[]): Message | undefined {
    const { topic } = newest.stream;
    const requests = this.#requests.filter((each) => each.node === node && matches(each.filter, topic));
    const at = (message: Message): number => this.#acknowledgedAt.get(message) ?? Infinity;
    if (requests.length !== 1 || at(newest) >= (requests[0]?.at ?? 0)) return undefined;
    return older.find((message) => message.payloadBytes > 0 && at(message) < newest.publishedAt);
  }

  #acknowledge(publisher: number): void {
    const message = this.#acknowledgements[publisher]?.shift();
    if (message === undefined) return;
    this.#acknowledgedAt.set(message, this.#now);
    this.history.acknowledged(message, this.#now);
  }

  #deliver(node: number): void {
    const next = this.#down[node]?.shift();
    if (next === undefined) return;
    if ("confirm" in next) return this.history.subscribed(node, next.confirm, next.qos, this.#now);
    const { message, kind } = next;
    const live = kind === DELIVERY_LIVE;
    if (this.#breach === "loss" && live && this.#isOwed(node, message) && this.#once()) return;
    this.history.delivered(node, message, kind, this.#now);
    if (!live) return;
    if (this.#breach === "repetition" && this.#filters(node, message) === 1 && this.#once()) {
      this.history.delivered(node, message, kind, this.#now);
    }
    if (this.#breach === "creation" && this.#once()) {
      const invented = new Message(message.stream, 1_000, message.publishedAt, 8, false);
      this.history.delivered(node, invented, kind, this.#now);
    }
  }

  /** Asked for only when nothing ends, so a confirmation that was delivered still stands. */
  #isOwed(node: number, message: Message): boolean {
    return (
      message.publishedAt > (this.#confirmedAt.get(node) ?? Infinity) &&
      !message.retain &&
      message.stream.topic !== WILL.topic
    );
  }

  /** How many filters of the node match: as many copies are allowed. */
  #filters(node: number, message: Message): number {
    const asked = this.#requests.filter((each) => each.node === node).map(({ filter }) => filter);
    return [...new Set(asked)].filter((filter) => matches(filter, message.stream.topic)).length;
  }

  #subscribe(node: number, filter: string, qos: number): void {
    this.#requests.push({ node, filter, at: this.#now });
    this.history.subscribing(node, filter, qos, this.#now);
    this.#up[node]?.push({ subscribe: filter, qos });
    if (filter !== "all" || this.#endings || this.#confirmedAt.has(node)) return;
    while (this.#up[node]?.length) this.#serve(node);
    while (this.#down[node]?.length) this.#deliver(node);
    this.#confirmedAt.set(node, this.#now);
  }

  #end(node: number, filter: string, pick: number): void {
    if (pick % 2 === 0) {
      this.history.unsubscribed(node, filter, this.#now);
      this.#up[node]?.push({ unsubscribe: filter });
      return;
    }
    this.history.sessionLost(node, this.#now);
    this.#subscriptions[node]?.clear();
    this.#down[node] = [];
    this.#up[node] = (this.#up[node] ?? []).filter((each) => "message" in each);
  }

  #stepOfWill(pick: number): void {
    if (this.#willDue > 0) {
      if (pick % 2 === 0) this.#publishWill();
      else this.#declareWill(true);
    } else if (!this.#willDeclared || pick % 3 === 0) this.#declareWill(!this.#willDeclared);
    else if (this.#breach === "will" && this.#once()) this.history.willPublished(ANNA, WILL, this.#now);
    else {
      this.#willDue = this.#now + 1_000;
      this.history.willDue(ANNA, this.#willDue, this.#now);
    }
  }

  #declareWill(declared: boolean): void {
    this.#willDeclared = declared;
    this.#willDue = 0;
    this.history.willDeclared(ANNA, declared ? WILL : undefined, this.#now);
  }

  #publishWill(): void {
    this.#willDue = 0;
    this.#willDeclared = false;
    const message = this.history.willPublished(ANNA, WILL, this.#now);
    this.#route(message);
  }

  /** True the first time. */
  #once(): boolean {
    if (this.breached) return false;
    this.breached = true;
    return true;
  }
}
