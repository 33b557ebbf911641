/**
 * will: the message that a node left behind for the case that it vanishes is published when, and only when, it
 * did.
 *
 * - will-spurious: published although its condition did not come true (or was taken back in time), or as
 *   another message than the one declared;
 * - will-missing: its condition came true and it was not out by then.
 *
 * Declaring a new will, or taking the old one back, before the old one is due calls it off: the node is back.
 */
import type { Instant } from "../../kernel/index.js";
import type { Will } from "../../trace/index.js";
import type { HistoryEnd } from "../history-end.js";
import type { HistoryEvents } from "../history-events.js";
import type { PublishedMessage } from "../stream.js";
import type { CheckResult, HistoryEvent, Witness } from "../verdict.js";
import { verdictOf } from "./verdict-of.js";

interface WillState {
  /** The will in force, and the one before it, whose connection may be the one that ends. */
  declared: Will | undefined;
  previous: Will | undefined;
  declaredAt: Instant;
  /** By when a will must be out whose condition came true at `cameTrueAt`; -1 when none is due. */
  due: Instant;
  cameTrueAt: Instant;
}

export class WillCheck {
  readonly #events: HistoryEvents;
  readonly #states = new Map<number, WillState>();
  #atRisk = 0;
  #violations = 0;
  #open = 0;
  #witness: Witness | undefined;

  constructor(events: HistoryEvents) {
    this.#events = events;
  }

  declared(publisher: number, will: Will | undefined, now: Instant): void {
    // Most nodes never have one: nothing is kept of them.
    if (will === undefined && !this.#states.has(publisher)) return;
    const state = this.#state(publisher);
    if (state.due >= 0 && state.due < now) this.#missing(publisher, state, this.#events.ended(now));
    if (state.due >= 0 || (will === undefined && state.declared !== undefined)) this.#atRisk++;
    state.due = -1;
    state.previous = state.declared;
    state.declared = will;
    state.declaredAt = now;
  }

  due(publisher: number, due: Instant, now: Instant): void {
    const state = this.#state(publisher);
    if (state.due >= 0) return;
    this.#atRisk++;
    state.due = due;
    state.cameTrueAt = now;
  }

  published(publisher: number, will: Will, message: PublishedMessage, now: Instant): void {
    const state = this.#state(publisher);
    if (state.due < 0) this.#spurious(publisher, state, message, "its condition did not come true");
    else if (!isSame(will, state.declared) && !isSame(will, state.previous)) {
      this.#spurious(publisher, state, message, "that is not what was declared");
    } else if (now > state.due) this.#missing(publisher, state, this.#events.published(message));
    state.due = -1;
  }

  result(end: HistoryEnd): CheckResult {
    for (const [publisher, state] of this.#states) {
      if (state.due < 0) continue;
      if (state.due > end.at || end.healedAt === undefined) this.#open++;
      else this.#missing(publisher, state, this.#events.ended(end.at));
    }
    return verdictOf("will", this.#atRisk, this.#violations, this.#open, this.#witness);
  }

  #spurious(publisher: number, state: WillState, message: PublishedMessage, why: string): void {
    this.#atRisk++;
    this.#violations++;
    this.#witness ??= {
      what: `will-spurious: the will of ${this.#events.node(publisher)} was published, but ${why}.`,
      events: [...this.#declaration(publisher, state), this.#events.published(message)],
    };
  }

  #missing(publisher: number, state: WillState, last: HistoryEvent): void {
    this.#violations++;
    this.#witness ??= {
      what: `will-missing: the will of ${this.#events.node(publisher)} was not published when it was due.`,
      events: [
        ...this.#declaration(publisher, state),
        {
          type: "will-due",
          at: state.cameTrueAt,
          node: this.#events.node(publisher),
          detail: `due at ${state.due}`,
        },
        last,
      ],
    };
  }

  #declaration(publisher: number, { declared, declaredAt }: WillState): HistoryEvent[] {
    if (declaredAt < 0) return [];
    const node = this.#events.node(publisher);
    if (declared === undefined)
      return [{ type: "will-declared", at: declaredAt, node, detail: "taken back" }];
    const { topic, qos } = declared;
    return [{ type: "will-declared", at: declaredAt, node, topic, qos }];
  }

  #state(publisher: number): WillState {
    const known = this.#states.get(publisher);
    if (known !== undefined) return known;
    const state: WillState = {
      declared: undefined,
      previous: undefined,
      declaredAt: -1,
      due: -1,
      cameTrueAt: -1,
    };
    this.#states.set(publisher, state);
    return state;
  }
}

function isSame(a: Will, b: Will | undefined): boolean {
  return (
    b !== undefined &&
    a.topic === b.topic &&
    a.qos === b.qos &&
    a.retain === b.retain &&
    a.payloadBytes === b.payloadBytes
  );
}
