/**
 * Questions to what stands outside of Kafka, and its answers: one connection, answers in the order of the questions.
 * What is asked and answered is plain data; how large it is on the wire, its owner says.
 */
import { type Duration, type Instant, after } from "../../../src/kernel/index.js";
import type { Place } from "../../../src/model/index.js";
import type { Channel, ChannelUser } from "../../../src/network/index.js";
import type { CloseReason, Content, ContentDescription } from "../../../src/trace/index.js";
import { Alarm } from "./alarm.js";
import { SOCKET_OPTIONS } from "../participant.js";

/** How a kind of service is spoken to. */
export interface Language<Question, Answer> {
  /** As a listing calls it, such as `SQL`. */
  readonly protocol: string;
  /** Where it is listened for. */
  readonly service: string;
  question(question: Question): Saying;
  answer(answer: Answer): Saying;
}

/** What is said, in words, and its bytes. */
export interface Saying {
  readonly name: string;
  readonly detail: string;
  readonly bytes: number;
}

class Frame<Body> implements Content {
  readonly body: Body;
  readonly bytes: number;
  readonly #protocol: string;
  readonly #saying: Saying;

  constructor(protocol: string, saying: Saying, body: Body) {
    this.body = body;
    this.bytes = saying.bytes;
    this.#protocol = protocol;
    this.#saying = saying;
  }

  describe(): ContentDescription {
    const { name, detail } = this.#saying;
    return { protocol: this.#protocol, name, detail, again: false };
  }
}

interface Pending<Answer> {
  readonly frame: Content;
  readonly deadline: Instant;
  readonly answered: (answer: Answer | undefined, now: Instant) => void;
}

/** Who asks. */
export class Asker<Question, Answer> implements ChannelUser {
  readonly #place: Place;
  readonly #host: string;
  readonly #language: Language<Question, Answer>;
  readonly #timeout: Duration;
  readonly #alarm: Alarm;
  readonly #pending: Pending<Answer>[] = [];
  #channel: Channel | undefined;
  #open = false;

  /** A question that is not answered within `timeout` ends the connection. */
  constructor(place: Place, host: string, language: Language<Question, Answer>, timeout: Duration) {
    this.#place = place;
    this.#host = host;
    this.#language = language;
    this.#timeout = timeout;
    this.#alarm = new Alarm(place, `${language.service} timeout`, (now) => this.#late(now));
  }

  /** `answered` with undefined: nobody knows whether it was heard. */
  ask(question: Question, answered: Pending<Answer>["answered"], now: Instant): void {
    const { protocol } = this.#language;
    const frame = new Frame(protocol, this.#language.question(question), question);
    this.#pending.push({ frame, deadline: after(now, this.#timeout), answered });
    if (this.#pending.length === 1) this.#watch();
    if (this.#channel === undefined) this.#connect();
    else if (this.#open) this.#channel.send(frame);
  }

  /** The process has died. */
  forget(): void {
    this.#alarm.forget();
    this.#pending.length = 0;
    this.#channel = undefined;
    this.#open = false;
  }

  // ChannelUser

  channelOpened(channel: Channel): void {
    if (channel !== this.#channel) return;
    this.#open = true;
    for (const { frame } of this.#pending) channel.send(frame);
  }

  channelReceived(channel: Channel, content: Content, now: Instant): void {
    if (channel !== this.#channel) return;
    const pending = this.#pending.shift();
    this.#watch();
    pending?.answered((content as Frame<Answer>).body, now);
  }

  channelClosed(channel: Channel, _reason: CloseReason, now: Instant): void {
    if (channel === this.#channel) this.#lost(now);
  }

  #connect(): void {
    const { network, node } = this.#place;
    const { service } = this.#language;
    this.#channel = network.connect(node, this.#place.nodeNamed(this.#host), service, this, SOCKET_OPTIONS);
  }

  #watch(): void {
    const first = this.#pending[0];
    if (first === undefined) this.#alarm.cancel();
    else this.#alarm.set(first.deadline);
  }

  #late(now: Instant): void {
    this.#channel?.close();
    this.#lost(now);
  }

  #lost(now: Instant): void {
    this.#channel = undefined;
    this.#open = false;
    this.#alarm.cancel();
    for (const { answered } of this.#pending.splice(0)) answered(undefined, now);
  }
}

/** What a service makes of questions. */
export interface Oracle<Question, Answer> {
  answer(question: Question, now: Instant): Answer;
  /** What that costs a core. */
  cost(question: Question): Duration;
}

/** Who answers, whoever asks. */
export class Answerer<Question, Answer> implements ChannelUser {
  readonly #language: Language<Question, Answer>;
  readonly #oracle: Oracle<Question, Answer>;
  readonly #place: Place;

  constructor(place: Place, language: Language<Question, Answer>, oracle: Oracle<Question, Answer>) {
    this.#place = place;
    this.#language = language;
    this.#oracle = oracle;
  }

  listen(): void {
    const { network, node } = this.#place;
    network.listen(node, this.#language.service, this, SOCKET_OPTIONS);
  }

  channelOpened(): void {}

  channelReceived(channel: Channel, content: Content, now: Instant): void {
    const { protocol } = this.#language;
    const answer = this.#oracle.answer((content as Frame<Question>).body, now);
    channel.send(new Frame(protocol, this.#language.answer(answer), answer));
  }

  channelClosed(): void {}

  contentCost(_channel: Channel, content: Content): Duration {
    return this.#oracle.cost((content as Frame<Question>).body);
  }
}
