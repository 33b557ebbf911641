/**
 * The least code that does the work of `mqtt-tcp-q0/1/2`: publisher, broker and subscriber of many pairs, each
 * pair with two connections of which Nagle's algorithm keeps one segment a direction in flight. A segment is a
 * count of control packets; it is sent again after a fixed time-out, and every segment acknowledges what came
 * before it. No model, no packets, no windows: columns of typed arrays around a wheel of time buckets.
 */
import { Wheel } from "./wheel.js";

const DELAY = 50_000_000;
const LOSS = 0.01;
/** A round trip and 200 ms. */
const TIMEOUT = 300_000_000;
const QOS0_EVERY = 10_000_000;
const BUCKET = 65_536;
const BUCKETS = 8192;

/** Directions of a pair's two connections; the one against each is its neighbour. */
const TO_BROKER = 0;
const TO_PUBLISHER = 1;
const TO_SUBSCRIBER = 2;

/** Kinds of events, each of one direction of one pair. */
const SEGMENT = 0;
const ACKNOWLEDGED = 1;
const EXPIRED = 2;
const TICK = 3;

export interface MqttTcpWork {
  readonly pairs: number;
  readonly window: number;
  readonly qos: number;
  /** Messages published by each publisher. */
  readonly messages: number;
}

export interface MqttTcpOutcome {
  readonly published: number;
  readonly deliveries: number;
}

export function mqttTcpLimit(work: MqttTcpWork): MqttTcpOutcome {
  return new Loop(work).run();
}

class Loop {
  readonly #work: MqttTcpWork;
  readonly #wheel = new Wheel(BUCKET, BUCKETS);
  /** Steps that each message takes on a connection towards the other end, and back. */
  readonly #there: number;
  readonly #back: number;

  // By direction: control packets that wait, those in flight, and the numbers of segments.
  readonly #waiting: Int32Array;
  readonly #inFlight: Int32Array;
  readonly #sent: Int32Array;
  readonly #received: Int32Array;
  /** Number of the segment that the pending time-out is for. */
  readonly #awaited: Int32Array;
  /** Control packets of each direction that have arrived: every so many of them make a message. */
  readonly #arrived: Int32Array;
  readonly #published: Int32Array;
  readonly #unfinished: Int32Array;
  readonly #seen: Uint32Array;
  #deliveries = 0;
  #state = 0x9e3779b9 | 0;

  constructor(work: MqttTcpWork) {
    this.#work = work;
    const directions = 4 * work.pairs;
    this.#there = work.qos === 2 ? 2 : 1;
    this.#back = work.qos;
    this.#waiting = new Int32Array(directions);
    this.#inFlight = new Int32Array(directions);
    this.#sent = new Int32Array(directions);
    this.#received = new Int32Array(directions);
    this.#awaited = new Int32Array(directions).fill(-1);
    this.#arrived = new Int32Array(directions);
    this.#published = new Int32Array(work.pairs);
    this.#unfinished = new Int32Array(work.pairs);
    this.#seen = new Uint32Array(work.pairs * ((work.messages >>> 5) + 1));
  }

  run(): MqttTcpOutcome {
    const { pairs, messages, qos } = this.#work;
    const wheel = this.#wheel;
    for (let pair = 0; pair < pairs; pair++) {
      if (qos === 0) wheel.push(pair * 1000, (pair << 4) | TICK);
      else this.#publish(pair, 0);
    }
    while (wheel.pop()) this.#fire(wheel.event, wheel.at);
    return { published: pairs * messages, deliveries: this.#deliveries };
  }

  #fire(event: number, now: number): void {
    const direction = event >> 2;
    switch (event & 3) {
      case SEGMENT:
        return this.#segment(direction, now);
      case ACKNOWLEDGED:
        this.#inFlight[direction] = 0;
        return this.#flush(direction, now);
      case EXPIRED:
        return this.#expired(direction, now);
      default: {
        const pair = direction >> 2;
        this.#published[pair] = (this.#published[pair] as number) + 1;
        this.#offer(direction, now);
        if ((this.#published[pair] as number) < this.#work.messages) {
          this.#wheel.push(now + QOS0_EVERY, (pair << 4) | TICK);
        }
      }
    }
  }

  /** A closed loop: as many messages unfinished as the window allows. */
  #publish(pair: number, now: number): void {
    const { window, messages } = this.#work;
    while ((this.#unfinished[pair] as number) < window && (this.#published[pair] as number) < messages) {
      this.#unfinished[pair] = (this.#unfinished[pair] as number) + 1;
      this.#published[pair] = (this.#published[pair] as number) + 1;
      this.#offer((pair << 2) | TO_BROKER, now);
    }
  }

  /** One more control packet to send: now, or with others when what is in flight has been acknowledged. */
  #offer(direction: number, now: number): void {
    this.#waiting[direction] = (this.#waiting[direction] as number) + 1;
    if (this.#inFlight[direction] === 0) this.#flush(direction, now);
  }

  #flush(direction: number, now: number): void {
    const count = this.#waiting[direction] as number;
    if (count === 0) return;
    this.#waiting[direction] = 0;
    this.#inFlight[direction] = count;
    this.#sent[direction] = (this.#sent[direction] as number) + 1;
    this.#transmit(direction, now);
    if (this.#awaited[direction] === -1) this.#await(direction, now);
  }

  #transmit(direction: number, now: number): void {
    if (this.#draw() >= LOSS * 4294967296) this.#wheel.push(now + DELAY, (direction << 2) | SEGMENT);
  }

  /** One time-out a direction: it looks whether what it was set for is still in flight. */
  #await(direction: number, now: number): void {
    this.#awaited[direction] = this.#sent[direction] as number;
    this.#wheel.push(now + TIMEOUT, (direction << 2) | EXPIRED);
  }

  #expired(direction: number, now: number): void {
    const overdue = this.#inFlight[direction] !== 0 && this.#awaited[direction] === this.#sent[direction];
    this.#awaited[direction] = -1;
    if (this.#inFlight[direction] === 0) return;
    if (overdue) this.#transmit(direction, now);
    this.#await(direction, now);
  }

  #segment(direction: number, now: number): void {
    const isNew = this.#received[direction] !== this.#sent[direction];
    this.#received[direction] = this.#sent[direction] as number;
    if (this.#draw() >= LOSS * 4294967296) this.#wheel.push(now + DELAY, (direction << 2) | ACKNOWLEDGED);
    if (!isNew) return;
    for (let n = this.#inFlight[direction] as number; n > 0; n--) this.#packet(direction, now);
  }

  /** A control packet has arrived: it is answered, and the last of a message's there and back moves it on. */
  #packet(direction: number, now: number): void {
    const pair = direction >> 2;
    const side = direction & 3;
    const arrived = (this.#arrived[direction] as number) + 1;
    this.#arrived[direction] = arrived;
    const forth = side === TO_BROKER || side === TO_SUBSCRIBER;
    if (!forth) {
      if (arrived % this.#back === 0 && side === TO_PUBLISHER) {
        this.#unfinished[pair] = (this.#unfinished[pair] as number) - 1;
        this.#publish(pair, now);
      } else if (this.#back === 2 && arrived % 2 === 1) this.#offer(direction ^ 1, now);
      return;
    }
    if (this.#back > 0) this.#offer(direction ^ 1, now);
    if (arrived % this.#there !== 0) return;
    if (side === TO_BROKER) this.#offer((pair << 2) | TO_SUBSCRIBER, now);
    else this.#deliver(pair, arrived / this.#there - 1);
  }

  #deliver(pair: number, message: number): void {
    const word = pair * ((this.#work.messages >>> 5) + 1) + (message >>> 5);
    this.#seen[word] = (this.#seen[word] as number) | (1 << (message & 31));
    this.#deliveries++;
  }

  /** xorshift32: one draw a packet, as on the other side of the ratio. */
  #draw(): number {
    let bits = this.#state;
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    this.#state = bits;
    return bits >>> 0;
  }
}
