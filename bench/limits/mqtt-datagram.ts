/**
 * The least code that does the work of `mqtt-datagram-q0/1/2`: publisher, broker and subscriber of many pairs
 * over lossy FIFO datagram links, as columns of typed arrays around a wheel of time buckets. No model, no
 * packets, no names; one loss draw and one delay draw a packet, as on the other side of the ratio.
 */

/** Bucket width 2^17 ns = 131 µs; the wheel spans 537 ms, longer than every delay here. */
const WIDTH = 131_072;
const WHEEL = 4096;
const DELAY_MIN = 45_000_000;
const DELAY_SPREAD = 10_000_000;
const LOSS = 0.1;
const RETRY = 300_000_000;
const QOS0_EVERY = 10_000_000;

const PUBLISH = 0;
const PUBACK = 1;
const PUBREC = 2;
const PUBREL = 3;
const PUBCOMP = 4;
const TIMER = 5;
const TICK = 6;

/** Directions of a pair's four links; also the owner of a retry timer. */
const TO_BROKER = 0;
const TO_PUBLISHER = 1;
const TO_SUBSCRIBER = 2;
const FROM_SUBSCRIBER = 3;

export interface MqttDatagramWork {
  readonly pairs: number;
  readonly window: number;
  readonly qos: number;
  /** Messages published by each publisher. */
  readonly messages: number;
}

export interface MqttDatagramOutcome {
  readonly published: number;
  /** Messages that reached their subscriber at least once. */
  readonly distinct: number;
  readonly deliveries: number;
  readonly events: number;
}

export function mqttDatagramLimit(work: MqttDatagramWork): MqttDatagramOutcome {
  return new CompactLoop(work).run();
}

class CompactLoop {
  readonly #qos: number;
  readonly #window: number;
  readonly #messages: number;
  readonly #pairs: number;

  // Events: a column each, in buckets linked by index.
  #at: Float64Array = new Float64Array(4096);
  #what: Int32Array = new Int32Array(4096);
  #id: Int32Array = new Int32Array(4096);
  /** Which message a PUBLISH carries. */
  #message: Int32Array = new Int32Array(4096);
  #next: Int32Array = new Int32Array(4096);
  #free = -1;
  #slots = 0;
  readonly #bucket: Int32Array = new Int32Array(WHEEL).fill(-1);
  #pending = 0;
  /** The events of the bucket being processed, the latest first. */
  readonly #due: number[] = [];
  #tick = 0;

  // Links.
  readonly #lastArrival: Float64Array;
  // Senders (publisher 0, broker 1 of each pair): a window of slots in order of sending.
  readonly #slotId: Int32Array;
  readonly #slotState: Uint8Array;
  readonly #slotSent: Float64Array;
  readonly #inFlight: Int32Array;
  readonly #nextId: Int32Array;
  readonly #timerSet: Uint8Array;
  // Receivers (broker 0, subscriber 1): the QoS 2 identifiers that wait for PUBREL.
  readonly #waiting: Int32Array;
  // The broker's queues towards the subscribers, and which message an identifier of the broker carries.
  readonly #queue: Int32Array;
  readonly #queueHead: Int32Array;
  readonly #queueTail: Int32Array;
  readonly #carries: Int32Array;
  readonly #published: Int32Array;
  readonly #seen: Uint32Array;

  #deliveries = 0;
  #distinct = 0;
  #events = 0;
  #a = 0x9e3779b9 | 0;
  #b = 0x243f6a88 | 0;
  #c = 0xb7e15162 | 0;
  #counter = 1;

  constructor({ pairs, window, qos, messages }: MqttDatagramWork) {
    this.#qos = qos;
    this.#window = window;
    this.#messages = messages;
    this.#pairs = pairs;
    const senders = 2 * pairs;
    this.#lastArrival = new Float64Array(4 * pairs);
    this.#slotId = new Int32Array(senders * window).fill(-1);
    this.#slotState = new Uint8Array(senders * window);
    this.#slotSent = new Float64Array(senders * window);
    this.#inFlight = new Int32Array(senders);
    this.#nextId = new Int32Array(senders);
    this.#timerSet = new Uint8Array(senders);
    this.#waiting = new Int32Array(senders * window).fill(-1);
    this.#queue = new Int32Array(pairs * QUEUE);
    this.#queueHead = new Int32Array(pairs);
    this.#queueTail = new Int32Array(pairs);
    this.#carries = new Int32Array(senders * window);
    this.#published = new Int32Array(pairs);
    this.#seen = new Uint32Array(pairs * ((messages >>> 5) + 1));
  }

  run(): MqttDatagramOutcome {
    for (let pair = 0; pair < this.#pairs; pair++) {
      if (this.#qos === 0) this.#schedule(pair * 1000, (pair << 5) | TICK, 0, 0);
      else this.#publish(pair, 0);
    }
    const due = this.#due;
    for (this.#tick = 0; this.#pending > 0; this.#tick++) {
      const bucket = this.#tick & (WHEEL - 1);
      let event = this.#bucket[bucket] as number;
      if (event < 0) continue;
      this.#bucket[bucket] = -1;
      // A bucket lists its newest event first: an older one goes behind those of its instant.
      for (; event >= 0; event = this.#next[event] as number) this.#insert(event, this.#at[event] as number);
      while (due.length > 0) this.#fire(due.pop() as number);
    }
    return {
      published: this.#pairs * this.#messages,
      distinct: this.#distinct,
      deliveries: this.#deliveries,
      events: this.#events,
    };
  }

  /** Keeps `due` sorted, before those later than `until`; buckets hold a handful of events. */
  #insert(event: number, until: number): void {
    const due = this.#due;
    let i = due.length;
    due.push(event);
    while (i > 0 && (this.#at[due[i - 1] as number] as number) < until) {
      due[i] = due[i - 1] as number;
      i--;
    }
    due[i] = event;
  }

  #fire(event: number): void {
    const now = this.#at[event] as number;
    const what = this.#what[event] as number;
    const id = this.#id[event] as number;
    const message = this.#message[event] as number;
    this.#next[event] = this.#free;
    this.#free = event;
    this.#pending--;
    this.#events++;
    const pair = what >>> 5;
    const direction = (what >>> 3) & 3;
    switch (what & 7) {
      case PUBLISH:
        return this.#received(pair, direction, id, message, now);
      case PUBACK:
        return this.#finished(pair, direction === TO_PUBLISHER ? 0 : 1, id, now);
      case PUBREC:
        return this.#recorded(pair, direction === TO_PUBLISHER ? 0 : 1, id, now);
      case PUBREL:
        this.#forget(pair, direction === TO_BROKER ? 0 : 1, id);
        return this.#send(
          pair,
          direction === TO_BROKER ? TO_PUBLISHER : FROM_SUBSCRIBER,
          PUBCOMP,
          id,
          0,
          now,
        );
      case PUBCOMP:
        return this.#finished(pair, direction === TO_PUBLISHER ? 0 : 1, id, now);
      case TIMER:
        return this.#retry(pair, direction, now);
      default: {
        const next = (this.#published[pair] as number)++;
        this.#send(pair, TO_BROKER, PUBLISH, 0, next, now);
        if (next + 1 < this.#messages) this.#schedule(now + QOS0_EVERY, (pair << 5) | TICK, 0, 0);
      }
    }
  }

  /** A PUBLISH has arrived at the broker or at the subscriber. */
  #received(pair: number, direction: number, id: number, message: number, now: number): void {
    const toBroker = direction === TO_BROKER;
    if (this.#qos === 0) {
      if (toBroker) this.#send(pair, TO_SUBSCRIBER, PUBLISH, 0, message, now);
      else this.#deliver(pair, message);
      return;
    }
    const answer = this.#qos === 1 ? PUBACK : PUBREC;
    const fresh = this.#qos === 1 || this.#remember(pair, toBroker ? 0 : 1, id);
    this.#send(pair, toBroker ? TO_PUBLISHER : FROM_SUBSCRIBER, answer, id, 0, now);
    if (!fresh) return;
    if (!toBroker) this.#deliver(pair, message);
    else if ((this.#inFlight[2 * pair + 1] as number) < this.#window) this.#forward(pair, message, now);
    else this.#queue[pair * QUEUE + ((this.#queueTail[pair] as number)++ & (QUEUE - 1))] = message;
  }

  #forward(pair: number, message: number, now: number): void {
    this.#start(pair, 1, message, now);
  }

  #publish(pair: number, now: number): void {
    while (
      (this.#inFlight[2 * pair] as number) < this.#window &&
      (this.#published[pair] as number) < this.#messages
    ) {
      this.#start(pair, 0, (this.#published[pair] as number)++, now);
    }
  }

  /** Sends a new PUBLISH in a free slot of the window; ids are ≡ slot (mod window). */
  #start(pair: number, half: number, message: number, now: number): void {
    const sender = 2 * pair + half;
    const base = sender * this.#window;
    let slot = (this.#nextId[sender] as number) % this.#window;
    while ((this.#slotState[base + slot] as number) !== 0) slot = slot + 1 === this.#window ? 0 : slot + 1;
    let id = this.#nextId[sender] as number;
    id += (slot - (id % this.#window) + this.#window) % this.#window;
    this.#nextId[sender] = id + 1;
    this.#slotId[base + slot] = id;
    this.#slotState[base + slot] = 1;
    this.#slotSent[base + slot] = now;
    this.#carries[base + slot] = message;
    this.#inFlight[sender] = (this.#inFlight[sender] as number) + 1;
    this.#send(pair, half === 0 ? TO_BROKER : TO_SUBSCRIBER, PUBLISH, id, message, now);
    if (this.#timerSet[sender] === 0) this.#setTimer(pair, half, now + RETRY);
  }

  #recorded(pair: number, half: number, id: number, now: number): void {
    const at = (2 * pair + half) * this.#window + (id % this.#window);
    if (this.#slotId[at] !== id) return;
    this.#slotState[at] = 2;
    this.#slotSent[at] = now;
    this.#send(pair, half === 0 ? TO_BROKER : TO_SUBSCRIBER, PUBREL, id, 0, now);
  }

  #finished(pair: number, half: number, id: number, now: number): void {
    const sender = 2 * pair + half;
    const at = sender * this.#window + (id % this.#window);
    if (this.#slotId[at] !== id) return;
    this.#slotId[at] = -1;
    this.#slotState[at] = 0;
    this.#inFlight[sender] = (this.#inFlight[sender] as number) - 1;
    if (half === 0) return this.#publish(pair, now);
    const head = this.#queueHead[pair] as number;
    if (head === this.#queueTail[pair]) return;
    this.#queueHead[pair] = head + 1;
    this.#forward(pair, this.#queue[pair * QUEUE + (head & (QUEUE - 1))] as number, now);
  }

  /** One timer a sender: resends what is due and sets itself for the next deadline. */
  #retry(pair: number, half: number, now: number): void {
    const sender = 2 * pair + half;
    this.#timerSet[sender] = 0;
    const base = sender * this.#window;
    let next = Infinity;
    for (let slot = base; slot < base + this.#window; slot++) {
      if (this.#slotState[slot] === 0) continue;
      if ((this.#slotSent[slot] as number) + RETRY <= now) {
        this.#slotSent[slot] = now;
        const what = this.#slotState[slot] === 1 ? PUBLISH : PUBREL;
        const id = this.#slotId[slot] as number;
        this.#send(
          pair,
          half === 0 ? TO_BROKER : TO_SUBSCRIBER,
          what,
          id,
          this.#carries[slot] as number,
          now,
        );
      }
      const deadline = (this.#slotSent[slot] as number) + RETRY;
      if (deadline < next) next = deadline;
    }
    if (next < Infinity) this.#setTimer(pair, half, next);
  }

  #setTimer(pair: number, half: number, at: number): void {
    this.#timerSet[2 * pair + half] = 1;
    this.#schedule(at, (pair << 5) | (half << 3) | TIMER, 0, 0);
  }

  /** QoS 2: whether the identifier is new to the receiver. */
  #remember(pair: number, half: number, id: number): boolean {
    const at = (2 * pair + half) * this.#window + (id % this.#window);
    if (this.#waiting[at] === id) return false;
    this.#waiting[at] = id;
    return true;
  }

  #forget(pair: number, half: number, id: number): void {
    const at = (2 * pair + half) * this.#window + (id % this.#window);
    if (this.#waiting[at] === id) this.#waiting[at] = -1;
  }

  #deliver(pair: number, message: number): void {
    this.#deliveries++;
    const word = pair * ((this.#messages >>> 5) + 1) + (message >>> 5);
    const seen = this.#seen[word] as number;
    const bit = 1 << (message & 31);
    if ((seen & bit) !== 0) return;
    this.#seen[word] = seen | bit;
    this.#distinct++;
  }

  #send(pair: number, direction: number, kind: number, id: number, message: number, now: number): void {
    if (this.#draw() < LOSS * 4294967296) return;
    const link = 4 * pair + direction;
    const arrival = now + DELAY_MIN + Math.floor((this.#draw() / 4294967296) * DELAY_SPREAD);
    const last = this.#lastArrival[link] as number;
    const at = arrival > last ? arrival : last;
    this.#lastArrival[link] = at;
    this.#schedule(at, (pair << 5) | (direction << 3) | kind, id, message);
  }

  #schedule(at: number, what: number, id: number, message: number): void {
    let event = this.#free;
    if (event >= 0) this.#free = this.#next[event] as number;
    else {
      event = this.#slots++;
      if (event === this.#at.length) this.#grow();
    }
    this.#at[event] = at;
    this.#what[event] = what;
    this.#id[event] = id;
    this.#message[event] = message;
    this.#pending++;
    const tick = Math.floor(at / WIDTH);
    if (tick === this.#tick && at > 0) return this.#insert(event, at + 1);
    this.#next[event] = this.#bucket[tick & (WHEEL - 1)] as number;
    this.#bucket[tick & (WHEEL - 1)] = event;
  }

  #grow(): void {
    const twice = this.#at.length * 2;
    const at = new Float64Array(twice);
    at.set(this.#at);
    this.#at = at;
    const wider = (column: Int32Array): Int32Array => {
      const grown = new Int32Array(twice);
      grown.set(column);
      return grown;
    };
    this.#what = wider(this.#what);
    this.#id = wider(this.#id);
    this.#message = wider(this.#message);
    this.#next = wider(this.#next);
  }

  /** sfc32: 32 random bits. */
  #draw(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }
}

/** Room for messages that wait at the broker for the subscriber's window, a power of two. */
const QUEUE = 65_536;
