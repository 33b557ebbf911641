/**
 * The least code that carries the flows of `tcp-bulk-1` and `tcp-bulk-10`: a window of numbered segments that halves
 * at a loss and grows by one a round trip, an acknowledgment of every second segment or of each beyond a hole, loss
 * found by what was sent later and has arrived, and a timeout. Columns of typed arrays; the packets of a link are a
 * ring, because its delay is constant. The flows take turns in the order of time: a heap of whose event is next.
 */

const DELAY = 50_000_000;
const DATA_TIME = (564 * 8 * 1e9) / 100e6;
const ACK_TIME = (52 * 8 * 1e9) / 100e6;
const TIMEOUT = 300_000_000;
const ACK_DELAY = 40_000_000;
const SEGMENT_BYTES = 512;
/** Segments that a flow may have under way. */
const RING = 4096;
const MASK = RING - 1;

const OUT = 1;
const ARRIVED = 2;
const LOST = 3;

export interface TcpBulkWork {
  readonly flows: number;
  readonly loss: number;
  readonly seconds: number;
}

export function tcpBulkLimit(work: TcpBulkWork): { packets: number; goodput: number } {
  const heap: Flow[] = [];
  for (let flow = 0; flow < work.flows; flow++) heap.push(new Flow(work.loss, 0x9e3779b9 + flow));
  const until = work.seconds * 1e9;
  for (let top = heap[0]; top !== undefined && top.due <= until; top = heap[0]) {
    top.step();
    sink(heap);
  }
  let packets = 0;
  let bytes = 0;
  for (const flow of heap) {
    packets += flow.packets;
    bytes += flow.received * SEGMENT_BYTES;
  }
  return { packets, goodput: bytes / work.seconds / work.flows };
}

/** The first of the heap is due later than before: puts it where it belongs. */
function sink(heap: Flow[]): void {
  const moving = heap[0] as Flow;
  const { due } = moving;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    let least = heap[child] as Flow;
    if (child + 1 < heap.length && (heap[child + 1] as Flow).due < least.due) {
      child++;
      least = heap[child] as Flow;
    }
    if (least.due >= due) break;
    heap[at] = least;
    at = child;
  }
  heap[at] = moving;
}

class Flow {
  packets = 0;
  /** The next segment that the receiver misses. */
  received = 0;
  /** When something happens next. */
  due: number;
  readonly #loss: number;
  #random: number;
  // Sender, by segment.
  readonly #state: Uint8Array = new Uint8Array(RING);
  readonly #sentAt: Float64Array = new Float64Array(RING);
  #acknowledged = 0;
  #next = 0;
  #inFlight = 0;
  #lost = 0;
  #window = 10;
  #threshold = Infinity;
  #recoveredAt = 0;
  #deadline = TIMEOUT;
  #backOff = 1;
  // Receiver.
  readonly #has: Uint8Array = new Uint8Array(RING);
  #owed = 0;
  #ackDue = Infinity;
  // Links: rings of what is under way, with when it arrives.
  readonly #dataAt: Float64Array = new Float64Array(RING);
  readonly #data: Float64Array = new Float64Array(RING);
  #dataHead = 0;
  #dataTail = 0;
  #dataFree = 0;
  readonly #ackAt: Float64Array = new Float64Array(RING);
  readonly #ack: Float64Array = new Float64Array(RING);
  readonly #ackOf: Float64Array = new Float64Array(RING);
  #ackHead = 0;
  #ackTail = 0;
  #ackFree = 0;

  constructor(loss: number, seed: number) {
    this.#loss = loss * 4294967296;
    this.#random = seed | 1;
    this.#fill(0);
    this.due = Math.min(this.#firstData, this.#deadline);
  }

  /** What happens next happens. */
  step(): void {
    const now = this.due;
    if (now === this.#firstData) this.#dataArrived(this.#data[this.#dataHead++ & MASK] as number, now);
    else if (now === this.#firstAck) this.#ackArrived(now);
    else if (now === this.#ackDue) this.#acknowledge(this.received - 1, now);
    else this.#timedOut(now);
    this.due = Math.min(this.#firstData, this.#firstAck, this.#deadline, this.#ackDue);
  }

  get #firstData(): number {
    return this.#dataHead === this.#dataTail ? Infinity : (this.#dataAt[this.#dataHead & MASK] as number);
  }

  get #firstAck(): number {
    return this.#ackHead === this.#ackTail ? Infinity : (this.#ackAt[this.#ackHead & MASK] as number);
  }

  #drawLoss(): boolean {
    let bits = this.#random;
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    this.#random = bits;
    return bits >>> 0 < this.#loss;
  }

  #send(segment: number, now: number): void {
    this.#state[segment & MASK] = OUT;
    this.#sentAt[segment & MASK] = now;
    this.#inFlight++;
    this.#dataFree = Math.max(this.#dataFree, now) + DATA_TIME;
    if (this.#drawLoss()) return;
    this.#dataAt[this.#dataTail & MASK] = this.#dataFree + DELAY;
    this.#data[this.#dataTail++ & MASK] = segment;
  }

  #fill(now: number): void {
    for (let lost = this.#acknowledged; this.#lost > 0 && this.#inFlight < this.#window; lost++) {
      if (this.#state[lost & MASK] !== LOST) continue;
      this.#lost--;
      this.#send(lost, now);
    }
    while (this.#inFlight < this.#window && this.#next - this.#acknowledged < RING)
      this.#send(this.#next++, now);
  }

  #dataArrived(segment: number, now: number): void {
    this.packets++;
    const expected = segment === this.received;
    if (segment >= this.received) this.#has[segment & MASK] = 1;
    while (this.#has[this.received & MASK] === 1) this.#has[this.received++ & MASK] = 0;
    if (!expected || this.received > segment + 1 || ++this.#owed === 2) this.#acknowledge(segment, now);
    else this.#ackDue = now + ACK_DELAY;
  }

  #acknowledge(segment: number, now: number): void {
    this.#owed = 0;
    this.#ackDue = Infinity;
    this.#ackFree = Math.max(this.#ackFree, now) + ACK_TIME;
    if (this.#drawLoss()) return;
    this.#ackAt[this.#ackTail & MASK] = this.#ackFree + DELAY;
    this.#ack[this.#ackTail & MASK] = this.received;
    this.#ackOf[this.#ackTail++ & MASK] = segment;
  }

  #ackArrived(now: number): void {
    this.packets++;
    const upTo = this.#ack[this.#ackHead & MASK] as number;
    const segment = this.#ackOf[this.#ackHead++ & MASK] as number;
    const sentAt = this.#sentAt[segment & MASK] as number;
    let news = this.#arrived(segment);
    while (this.#acknowledged < upTo) {
      news += this.#arrived(this.#acknowledged);
      this.#state[this.#acknowledged++ & MASK] = 0;
    }
    if (news > 0) {
      this.#deadline = now + TIMEOUT;
      this.#backOff = 1;
    }
    if (segment >= upTo) this.#findLost(segment, sentAt);
    if (this.#lost > 0 && this.#acknowledged >= this.#recoveredAt) this.#halve();
    else if (this.#acknowledged >= this.#recoveredAt) {
      this.#window += this.#window < this.#threshold ? news : news / this.#window;
    }
    this.#fill(now);
  }

  /** Returns 1 if the segment was not known to have arrived. */
  #arrived(segment: number): number {
    if (segment < this.#acknowledged) return 0;
    const state = this.#state[segment & MASK];
    if (state === OUT) this.#inFlight--;
    else if (state === LOST) this.#lost--;
    else return 0;
    this.#state[segment & MASK] = ARRIVED;
    return 1;
  }

  #findLost(segment: number, sentAt: number): void {
    for (let at = this.#acknowledged; at < segment; at++) {
      if (this.#state[at & MASK] !== OUT || (this.#sentAt[at & MASK] as number) > sentAt) continue;
      if ((this.#sentAt[at & MASK] as number) === sentAt && at > segment - 3) continue;
      this.#state[at & MASK] = LOST;
      this.#inFlight--;
      this.#lost++;
    }
  }

  #halve(): void {
    this.#recoveredAt = this.#next;
    this.#threshold = this.#window = Math.max(2, Math.floor(this.#window / 2));
  }

  #timedOut(now: number): void {
    for (let at = this.#acknowledged; at < this.#next; at++) {
      if (this.#state[at & MASK] !== OUT) continue;
      this.#state[at & MASK] = LOST;
      this.#lost++;
    }
    this.#inFlight = 0;
    this.#threshold = Math.max(2, Math.floor(this.#window / 2));
    this.#window = 1;
    this.#backOff = Math.min(64, 2 * this.#backOff);
    this.#deadline = now + TIMEOUT * this.#backOff;
    this.#fill(now);
  }
}
