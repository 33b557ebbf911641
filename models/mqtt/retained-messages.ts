/** The retained messages of a broker: at most one a topic [MQTT 5.0 §3.3.1.3]. */
import type { Message } from "../../src/trace/index.js";
import type { MqttRules } from "./rules.js";
import { matchesTopic } from "./topic-filter.js";

export class RetainedMessages {
  readonly #rules: MqttRules;
  readonly #byTopic: Map<string, Message> = new Map();

  constructor(rules: MqttRules) {
    this.#rules = rules;
  }

  get size(): number {
    return this.#byTopic.size;
  }

  /** A message with RETAIN has arrived: it replaces the topic's, or clears it if it has no bytes. */
  store(message: Message): void {
    const { topic } = message.stream;
    if (this.#rules.retains === "nothing") return;
    if (message.payloadBytes === 0 && this.#rules.clearsRetained) {
      this.#byTopic.delete(topic); // [MQTT-3.3.1-6] [MQTT-3.3.1-7]
    } else if (this.#rules.retains === "newest" || !this.#byTopic.has(topic)) {
      this.#byTopic.set(topic, message); // [MQTT-3.3.1-5]
    }
  }

  /** Those whose topics match, in the order in which their topics were first retained. */
  matching(filter: string): readonly Message[] {
    if (!filter.includes("+") && !filter.includes("#")) {
      const message = this.#byTopic.get(filter);
      return message === undefined ? [] : [message];
    }
    const found: Message[] = [];
    for (const [topic, message] of this.#byTopic) if (matchesTopic(filter, topic)) found.push(message);
    return found;
  }

  each(visit: (message: Message) => void): void {
    for (const message of this.#byTopic.values()) visit(message);
  }

  snapshot(): readonly string[] {
    return [...this.#byTopic].map(
      ([topic, message]) => `${topic} = ${message.stream.index}#${message.index}`,
    );
  }
}
