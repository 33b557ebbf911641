/**
 * The receiver's half of a session: which QoS 2 messages have been received and not yet released [MQTT 5.0
 * §4.3.3]. An identifier stays from PUBLISH to PUBREL; in between, the same identifier is the same message.
 *
 * Identifiers in use at once lie close together, so they are kept in a ring: identifier n in slot n mod
 * capacity, which grows until no two share a slot.
 */
import type { Publish } from "./packets/publish.js";
import type { MqttRules } from "./rules.js";

const CAPACITY_FIRST = 8;

export class Receiver {
  readonly #rules: MqttRules;
  #slots: (Publish | undefined)[] = [];
  /** Identifiers between PUBLISH and PUBREL. */
  size = 0;
  /** Messages that may still be taken, where those beyond the receive maximum are refused. */
  #quota = 0;
  #maximum = 0;

  constructor(rules: MqttRules) {
    this.#rules = rules;
  }

  /** A connection begins, on which `maximum` messages may be between PUBLISH and PUBCOMP. */
  connected(maximum: number): void {
    this.#maximum = maximum;
    this.#quota = Math.max(0, maximum - this.size);
  }

  get exhausted(): boolean {
    return this.#quota === 0;
  }

  takeQuota(): void {
    this.#quota--;
  }

  returnQuota(): void {
    if (this.#quota < this.#maximum) this.#quota++;
  }

  holds(identifier: number): boolean {
    return this.#find(identifier) !== undefined;
  }

  /** A QoS 2 PUBLISH has arrived. True if it is a new message: then its identifier is stored [MQTT-4.3.3-10]. */
  store(publish: Publish): boolean {
    const known = this.#find(publish.identifier) !== undefined;
    if (!known) this.#put(publish);
    if (this.#rules.recognisesQos2By === "dup") return !publish.dup;
    return !known || this.#rules.recognisesQos2By === "nothing";
  }

  /** PUBREL has arrived: the identifier is free [MQTT-4.3.3-12]. The stored PUBLISH, undefined if there is none. */
  release(identifier: number): Publish | undefined {
    const publish = this.#find(identifier);
    if (publish !== undefined) {
      this.#slots[identifier & (this.#slots.length - 1)] = undefined;
      this.size--;
    }
    return publish;
  }

  /** The connection has ended; the session, and with it every identifier, has not. */
  disconnected(): void {
    if (this.#rules.keepsIdentifiers) return;
    this.#slots.fill(undefined);
    this.size = 0;
  }

  /** Shows every stored PUBLISH, in order of identifiers. */
  each(visit: (publish: Publish) => void): void {
    for (const publish of this.#slots) if (publish !== undefined) visit(publish);
  }

  snapshot(): readonly number[] {
    const identifiers: number[] = [];
    this.each((publish) => identifiers.push(publish.identifier));
    return identifiers.sort((a, b) => a - b);
  }

  #find(identifier: number): Publish | undefined {
    const publish = this.#slots[identifier & (this.#slots.length - 1)];
    return publish?.identifier === identifier ? publish : undefined;
  }

  #put(publish: Publish): void {
    while (this.#slots.length === 0 || this.#taken(publish.identifier)) this.#grow();
    this.#slots[publish.identifier & (this.#slots.length - 1)] = publish;
    this.size++;
  }

  #taken(identifier: number): boolean {
    return this.#slots[identifier & (this.#slots.length - 1)] !== undefined;
  }

  /** Twice the slots: identifiers that differ keep apart, at the latest with 65,536 of them. */
  #grow(): void {
    const capacity = Math.max(CAPACITY_FIRST, 2 * this.#slots.length);
    const slots: (Publish | undefined)[] = [];
    for (let slot = 0; slot < capacity; slot++) slots.push(undefined);
    for (const publish of this.#slots) {
      if (publish !== undefined) slots[publish.identifier & (capacity - 1)] = publish;
    }
    this.#slots = slots;
  }
}
