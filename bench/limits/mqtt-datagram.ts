/**
 * The least code that does the work of `mqtt-datagram-q0/1/2`: publisher, broker and subscriber of many pairs
 * over lossy FIFO datagram links, with everything in the local variables of one loop, around a wheel of time
 * buckets. No model, no packets, no names; one loss draw and one delay draw a packet, as on the other side of the
 * ratio.
 */

/** Bucket width 2^17 ns = 131 µs; the wheel spans 537 ms, longer than every delay here. */
const WIDTH = 131_072;
const WHEEL_MASK = 4095;
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
/** A sender looks what is to be sent again. */
const TIMER = 5;
/** A publisher publishes a message; at QoS 0 the next one follows after a while. */
const TICK = 6;

/** Directions of a pair's four links. What goes to the broker or comes from it concerns one of two senders. */
const TO_BROKER = 0;
const TO_PUBLISHER = 1;
const TO_SUBSCRIBER = 2;
const FROM_SUBSCRIBER = 3;

/**
 * An event is its instant, what it is, a packet identifier, the message that a PUBLISH carries, and the next event. It
 * is known by the index of its first word; there is no event 0.
 */
const EVENT_DOUBLES = 3;
const EVENT_WORDS = 2 * EVENT_DOUBLES;
const WHAT = 2;
const ID = 3;
const MESSAGE = 4;
const NEXT = 5;

/** What an event is: pair, direction or half, kind. */
const DIRECTION_BITS = 3;
const PAIR_BITS = 5;

/** A packet identifier is a slot of its sender's window, and above that how many the sender has used before. */
const SLOT_BITS = 6;
const SLOT_MASK = (1 << SLOT_BITS) - 1;

/** Room for messages that wait at the broker for the subscriber's window, a power of two. */
const QUEUE = 4096;

export interface MqttDatagramWork {
  readonly pairs: number;
  /** At most 64. */
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

export function mqttDatagramLimit({ pairs, window, qos, messages }: MqttDatagramWork): MqttDatagramOutcome {
  const senders = 2 * pairs;
  // Every message in a window has at most so many packets on its way, as long as nothing takes half a second.
  const capacity = 16 * pairs * (window + 4);
  const ats = new Float64Array(EVENT_DOUBLES * capacity);
  const words = new Int32Array(ats.buffer);
  const buckets = new Int32Array(WHEEL_MASK + 1);
  /** The events of the bucket being processed, the latest first. */
  const due = new Int32Array(capacity);
  const lastArrivals = new Float64Array(4 * pairs);
  // Senders (publisher 0, broker 1 of each pair): a window of slots. State 1: PUBLISH was sent, 2: PUBREL.
  const slotIds = new Int32Array(senders * window).fill(-1);
  const slotStates = new Uint8Array(senders * window);
  const slotSent = new Float64Array(senders * window);
  const carried = new Int32Array(senders * window);
  const inFlight = new Int32Array(senders);
  const nextSlots = new Int32Array(senders);
  const used = new Int32Array(senders);
  const timerSet = new Uint8Array(senders);
  // Receivers (broker 0, subscriber 1): the QoS 2 identifiers that wait for PUBREL.
  const waiting = new Int32Array(senders * window).fill(-1);
  const queues = new Int32Array(pairs * QUEUE);
  const queueHeads = new Int32Array(pairs);
  const queueTails = new Int32Array(pairs);
  const published = new Int32Array(pairs);
  const seenWords = (messages >>> 5) + 1;
  const seen = new Int32Array(pairs * seenWords);
  // What is to be sent, or set, after an event.
  const outWhats = new Int32Array(window + 4);
  const outIds = new Int32Array(window + 4);
  const outMessages = new Int32Array(window + 4);
  let out = 0;
  let timerAt = 0;

  let free = 0;
  let unused = EVENT_WORDS;
  let pending = 0;
  let dueCount = 0;
  let tick = -1;
  let deliveries = 0;
  let distinct = 0;
  let events = 0;
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = 0xb7e15162 | 0;
  let counter = 1;

  const ticks = qos === 0 ? 1 : window;
  for (let pair = pairs - 1; pair >= 0; pair--) {
    for (let n = 0; n < ticks; n++) {
      const event = unused;
      unused += EVENT_WORDS;
      ats[event >> 1] = pair * 1000;
      words[event + WHAT] = (pair << PAIR_BITS) | TICK;
      const bucket = Math.floor((pair * 1000) / WIDTH);
      words[event + NEXT] = buckets[bucket] as number;
      buckets[bucket] = event;
      pending++;
    }
  }

  while (pending > 0) {
    if (dueCount === 0) {
      let event = 0;
      do event = buckets[++tick & WHEEL_MASK] as number;
      while (event === 0);
      buckets[tick & WHEEL_MASK] = 0;
      // A bucket lists its newest event first: an older one goes behind those of its instant.
      while (event !== 0) {
        const at = ats[event >> 1] as number;
        let hole = dueCount++;
        for (; hole > 0; hole--) {
          const other = due[hole - 1] as number;
          if ((ats[other >> 1] as number) >= at) break;
          due[hole] = other;
        }
        due[hole] = event;
        event = words[event + NEXT] as number;
      }
    }
    const event = due[--dueCount] as number;
    const now = ats[event >> 1] as number;
    const what = words[event + WHAT] as number;
    const id = words[event + ID] as number;
    const message = words[event + MESSAGE] as number;
    words[event + NEXT] = free;
    free = event;
    pending--;
    events++;
    const pair = what >>> PAIR_BITS;
    const direction = (what >>> DIRECTION_BITS) & 3;
    // The sender that begins with a message after this event.
    let starting = -1;
    let started = 0;
    switch (what & 7) {
      case PUBLISH: {
        const toBroker = direction === TO_BROKER;
        if (qos === 0 && toBroker) {
          outWhats[out] = (pair << PAIR_BITS) | (TO_SUBSCRIBER << DIRECTION_BITS) | PUBLISH;
          outMessages[out++] = message;
          break;
        }
        if (qos > 0) {
          const answer = qos === 1 ? PUBACK : PUBREC;
          const back = toBroker ? TO_PUBLISHER : FROM_SUBSCRIBER;
          outWhats[out] = (pair << PAIR_BITS) | (back << DIRECTION_BITS) | answer;
          outIds[out++] = id;
          if (qos === 2) {
            const at = (2 * pair + (toBroker ? 0 : 1)) * window + (id & SLOT_MASK);
            if (waiting[at] === id) break;
            waiting[at] = id;
          }
        }
        if (toBroker) {
          if ((inFlight[2 * pair + 1] as number) < window) {
            starting = 2 * pair + 1;
            started = message;
          } else queues[pair * QUEUE + ((queueTails[pair] as number)++ & (QUEUE - 1))] = message;
          break;
        }
        deliveries++;
        const word = pair * seenWords + (message >>> 5);
        const bit = 1 << (message & 31);
        if (((seen[word] as number) & bit) !== 0) break;
        seen[word] = (seen[word] as number) | bit;
        distinct++;
        break;
      }
      case PUBREC: {
        const half = direction === TO_PUBLISHER ? 0 : 1;
        const at = (2 * pair + half) * window + (id & SLOT_MASK);
        if (slotIds[at] !== id) break;
        slotStates[at] = 2;
        slotSent[at] = now;
        const onwards = half === 0 ? TO_BROKER : TO_SUBSCRIBER;
        outWhats[out] = (pair << PAIR_BITS) | (onwards << DIRECTION_BITS) | PUBREL;
        outIds[out++] = id;
        break;
      }
      case PUBREL: {
        const toBroker = direction === TO_BROKER;
        const at = (2 * pair + (toBroker ? 0 : 1)) * window + (id & SLOT_MASK);
        if (waiting[at] === id) waiting[at] = -1;
        const back = toBroker ? TO_PUBLISHER : FROM_SUBSCRIBER;
        outWhats[out] = (pair << PAIR_BITS) | (back << DIRECTION_BITS) | PUBCOMP;
        outIds[out++] = id;
        break;
      }
      case PUBACK:
      case PUBCOMP: {
        const half = direction === TO_PUBLISHER ? 0 : 1;
        const sender = 2 * pair + half;
        const at = sender * window + (id & SLOT_MASK);
        if (slotIds[at] !== id) break;
        slotIds[at] = -1;
        slotStates[at] = 0;
        inFlight[sender] = (inFlight[sender] as number) - 1;
        if (half === 0) {
          if ((published[pair] as number) === messages) break;
          starting = sender;
          started = (published[pair] as number)++;
          break;
        }
        const head = queueHeads[pair] as number;
        if (head === queueTails[pair]) break;
        queueHeads[pair] = head + 1;
        starting = sender;
        started = queues[pair * QUEUE + (head & (QUEUE - 1))] as number;
        break;
      }
      case TIMER: {
        // One timer a sender: it sends again what is due and is set for the next deadline.
        const sender = 2 * pair + direction;
        const onwards = direction === 0 ? TO_BROKER : TO_SUBSCRIBER;
        const end = (sender + 1) * window;
        let next = Infinity;
        for (let slot = sender * window; slot < end; slot++) {
          const state = slotStates[slot] as number;
          if (state === 0) continue;
          let deadline = (slotSent[slot] as number) + RETRY;
          if (deadline <= now) {
            slotSent[slot] = now;
            deadline = now + RETRY;
            outWhats[out] =
              (pair << PAIR_BITS) | (onwards << DIRECTION_BITS) | (state === 1 ? PUBLISH : PUBREL);
            outIds[out] = slotIds[slot] as number;
            outMessages[out++] = carried[slot] as number;
          }
          if (deadline < next) next = deadline;
        }
        timerSet[sender] = next < Infinity ? 1 : 0;
        if (next < Infinity) {
          outWhats[out++] = what;
          timerAt = next;
        }
        break;
      }
      default: {
        if ((published[pair] as number) === messages) break;
        const next = (published[pair] as number)++;
        if (qos > 0) {
          starting = 2 * pair;
          started = next;
          break;
        }
        outWhats[out] = (pair << PAIR_BITS) | (TO_BROKER << DIRECTION_BITS) | PUBLISH;
        outMessages[out++] = next;
        outWhats[out++] = what;
        timerAt = now + QOS0_EVERY;
      }
    }
    if (starting >= 0) {
      const half = starting & 1;
      const base = starting * window;
      let slot = nextSlots[starting] as number;
      while ((slotStates[base + slot] as number) !== 0) slot = slot + 1 === window ? 0 : slot + 1;
      nextSlots[starting] = slot + 1 === window ? 0 : slot + 1;
      const fresh = ((used[starting] as number)++ << SLOT_BITS) | slot;
      slotIds[base + slot] = fresh;
      slotStates[base + slot] = 1;
      slotSent[base + slot] = now;
      carried[base + slot] = started;
      inFlight[starting] = (inFlight[starting] as number) + 1;
      const onwards = half === 0 ? TO_BROKER : TO_SUBSCRIBER;
      outWhats[out] = (pair << PAIR_BITS) | (onwards << DIRECTION_BITS) | PUBLISH;
      outIds[out] = fresh;
      outMessages[out++] = started;
      if (timerSet[starting] === 0) {
        timerSet[starting] = 1;
        outWhats[out++] = (pair << PAIR_BITS) | (half << DIRECTION_BITS) | TIMER;
        timerAt = now + RETRY;
      }
    }
    for (let place = 0; place < out; place++) {
      const leaving = outWhats[place] as number;
      let at = timerAt;
      if ((leaving & 7) < TIMER) {
        // sfc32: 32 random bits for the loss, and as many for the delay.
        const lossBits = (a + b + counter++) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (((c << 21) | (c >>> 11)) + lossBits) | 0;
        if (lossBits >>> 0 < LOSS * 4294967296) continue;
        const delayBits = (a + b + counter++) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (((c << 21) | (c >>> 11)) + delayBits) | 0;
        at = now + DELAY_MIN + Math.floor((delayBits >>> 0) * (DELAY_SPREAD / 4294967296));
        const link = 4 * pair + ((leaving >>> DIRECTION_BITS) & 3);
        const last = lastArrivals[link] as number;
        if (at < last) at = last;
        else lastArrivals[link] = at;
      }
      let entry = free;
      if (entry !== 0) free = words[entry + NEXT] as number;
      else {
        entry = unused;
        unused += EVENT_WORDS;
      }
      ats[entry >> 1] = at;
      words[entry + WHAT] = leaving;
      words[entry + ID] = outIds[place] as number;
      words[entry + MESSAGE] = outMessages[place] as number;
      pending++;
      const turn = Math.floor(at * (1 / WIDTH));
      if (turn > tick) {
        words[entry + NEXT] = buckets[turn & WHEEL_MASK] as number;
        buckets[turn & WHEEL_MASK] = entry;
      } else {
        // A timer in the bucket being processed.
        let hole = dueCount++;
        for (; hole > 0; hole--) {
          const other = due[hole - 1] as number;
          if ((ats[other >> 1] as number) > at) break;
          due[hole] = other;
        }
        due[hole] = entry;
      }
    }
    out = 0;
  }
  return { published: pairs * messages, distinct, deliveries, events };
}
