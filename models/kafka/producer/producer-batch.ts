/** A batch from its first record to its outcome. */
import { type Instant, MILLISECOND } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import { BATCH_HEADER_BYTES, recordBytes } from "../protocol/wire-size.js";
import type { SendRequest } from "./producer-sink.js";

/** A batch is taken to compress a little worse than those before it (CompressionRatioEstimator's users, factor 1.05). */
const CAUTION = 1.05;

/** Places up to a multiple of so many take as many bytes: one more from 64, 8,192 … on. */
const ALIKE = 64;

const NO_MESSAGES: readonly Message[] = [];

/** How records are packed. */
export interface Packing {
  /** A batch that would be larger takes no further record. */
  readonly batchSize: number;
  /** Bytes after compression for each before. */
  readonly compression: number;
}

export class ProducerBatch {
  readonly partition: number;
  readonly createdAt: Instant;
  /** Bytes of the buffer that it takes up; 0: none (it is a part of one that was split). */
  readonly memory: number;
  /**
   * By place. A copy of an empty one: what logs keep for a while V8 would soon make in the old generation, were it made by
   * a literal, and everything that dead batches refer to would stay (docs/speed.md).
   */
  #messages: Message[] = NO_MESSAGES.slice();
  /** Who has sent them, if it is one; otherwise by place. */
  #request: SendRequest | undefined;
  #requests: SendRequest[] | undefined;
  /** By place, where any record has one. */
  #keys: (string | undefined)[] | undefined;
  /** What the size of the record added last followed from, and that size: most are like the one before. */
  #delta = -1;
  #keyBytes = -1;
  #valueBytes = -1;
  #recordBytes = 0;
  /** Bytes as encoded, before compression. */
  uncompressed: number = BATCH_HEADER_BYTES;
  /** When its latest record was published. */
  latestAt: Instant = 0;
  /** Records; also when it has let go of them. */
  count = 0;
  /** Takes no further records. */
  closed = false;
  state: "waiting" | "on-wire" | "done" = "waiting";
  attempts = 0;
  /** Not sent again before this instant, unless the partition's leader has changed since. */
  notBefore: Instant = 0;
  /** Epoch of the leader that it was sent to last. */
  leaderEpoch = -1;
  /** Once sent by an idempotent producer; -1 before. */
  baseSequence = -1;
  /** Its sequences were given anew, in a new epoch of the producer. */
  renumbered = false;
  /** An attempt may have been written without our hearing of it. */
  maybeWritten = false;

  constructor(partition: number, createdAt: Instant, memory: number) {
    this.partition = partition;
    this.createdAt = createdAt;
    this.memory = memory;
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Who has sent the record in that place. */
  requestOf(place: number): SendRequest {
    return (this.#requests === undefined ? this.#request : this.#requests[place]) as SendRequest;
  }

  /** Who has sent all of them, if it is one. */
  get sole(): SendRequest | undefined {
    return this.#requests === undefined ? this.#request : undefined;
  }

  get keys(): readonly (string | undefined)[] | undefined {
    return this.#keys;
  }

  /** By place, where any value is null. */
  get nulls(): readonly boolean[] | undefined {
    if (this.#requests === undefined) {
      return this.#request?.tombstone === true ? new Array<boolean>(this.count).fill(true) : undefined;
    }
    const nulls = this.#requests.map(({ tombstone }) => tombstone);
    return nulls.includes(true) ? nulls : undefined;
  }

  get lastSequence(): number {
    return this.baseSequence + this.count - 1;
  }

  /** As encoded and compressed. */
  bytes({ compression }: Packing): number {
    return BATCH_HEADER_BYTES + Math.ceil((this.uncompressed - BATCH_HEADER_BYTES) * compression);
  }

  /** False when it takes no further records, or has some and this one does not fit: then it is closed. */
  add(message: Message, request: SendRequest, key: string | undefined, packing: Packing): boolean {
    if (this.closed) return false;
    const place = this.count;
    const delta = this.#deltaAt(message.publishedAt);
    const keyBytes = key === undefined ? -1 : key.length;
    const bytes = this.uncompressed + this.#sizeOf(place, delta, keyBytes, valueBytesOf(request));
    const compressed = estimate(bytes, packing);
    if (place > 0 && compressed > packing.batchSize) {
      this.closed = true;
      return false;
    }
    this.uncompressed = bytes;
    this.latestAt = Math.max(this.latestAt, message.publishedAt);
    this.count = place + 1;
    this.#messages.push(message);
    if (place === 0) this.#request = request;
    else if (this.#requests !== undefined || request !== this.#request) this.#addRequest(place, request);
    if (key !== undefined || this.#keys !== undefined) this.#addKey(place, key);
    if (compressed >= packing.batchSize) this.closed = true;
    return true;
  }

  /**
   * How many records, up to `times` and all of one size, may be added at once at `now`: of the only request that it has
   * records of, without keys, in less than `bytes`, and none that fills it.
   */
  room(request: SendRequest, times: number, bytes: number, now: Instant, packing: Packing): number {
    if (this.closed || this.sole !== request || this.#keys !== undefined) return 0;
    const size = this.#sizeOf(this.count, this.#deltaAt(now), -1, valueBytesOf(request));
    const left = Math.min(bytes, bytesUntilFull(packing) - this.uncompressed);
    let records = Math.min(times, ALIKE - (this.count % ALIKE), Math.ceil(left / size) - 1);
    // What the estimate rounds may be on either side.
    while (records > 0 && estimate(this.uncompressed + records * size, packing) >= packing.batchSize)
      records--;
    return records;
  }

  /** Adds records published just now, no more than there is `room` for. */
  addAll(messages: readonly Message[], request: SendRequest, now: Instant): void {
    const size = this.#sizeOf(this.count, this.#deltaAt(now), -1, valueBytesOf(request));
    this.uncompressed += messages.length * size;
    this.latestAt = Math.max(this.latestAt, now);
    this.count += messages.length;
    for (let place = 0; place < messages.length; place++) this.#messages.push(messages[place] as Message);
  }

  /** The same records in batches of at most the size that `packing` allows, with the sequences that they have. */
  split(packing: Packing): ProducerBatch[] {
    const parts: ProducerBatch[] = [];
    let part: ProducerBatch | undefined;
    this.#messages.forEach((message, place) => {
      const request = this.requestOf(place);
      const key = this.#keys?.[place];
      if (part?.add(message, request, key, packing) === true) return;
      part = new ProducerBatch(this.partition, this.createdAt, place === 0 ? this.memory : 0);
      if (this.baseSequence >= 0) part.baseSequence = this.baseSequence + place;
      part.renumbered = this.renumbered;
      part.add(message, request, key, packing);
      parts.push(part);
    });
    for (const each of parts) each.closed = true;
    return parts;
  }

  /** It has its outcome: lets go of the records. */
  finish(): void {
    this.state = "done";
    this.#messages = NO_MESSAGES as Message[];
    this.#request = undefined;
    this.#requests = undefined;
    this.#keys = undefined;
  }

  /** Milliseconds since the batch began. */
  #deltaAt(at: Instant): number {
    const age = at - this.createdAt;
    return age === 0 ? 0 : Math.floor(age / MILLISECOND);
  }

  /** A record's place and its time since the batch began are numbers of variable length. */
  #sizeOf(place: number, delta: number, keyBytes: number, valueBytes: number): number {
    const alike = delta === this.#delta && keyBytes === this.#keyBytes && valueBytes === this.#valueBytes;
    if (alike && place % ALIKE !== 0) return this.#recordBytes;
    this.#delta = delta;
    this.#keyBytes = keyBytes;
    this.#valueBytes = valueBytes;
    return (this.#recordBytes = recordBytes(delta, place, keyBytes, valueBytes));
  }

  #addRequest(place: number, request: SendRequest): void {
    this.#requests ??= new Array<SendRequest>(place).fill(this.#request as SendRequest);
    this.#requests.push(request);
  }

  #addKey(place: number, key: string | undefined): void {
    this.#keys ??= new Array<string | undefined>(place).fill(undefined);
    this.#keys.push(key);
  }
}

/** -1: null. */
function valueBytesOf({ valueBytes, tombstone }: SendRequest): number {
  return tombstone ? -1 : valueBytes;
}

/** Before compression, those at which a batch is full. */
function bytesUntilFull({ batchSize, compression }: Packing): number {
  if (compression === 1) return batchSize;
  return BATCH_HEADER_BYTES + (batchSize - BATCH_HEADER_BYTES) / (compression * CAUTION);
}

function estimate(bytes: number, { compression }: Packing): number {
  if (compression === 1) return bytes;
  return BATCH_HEADER_BYTES + (bytes - BATCH_HEADER_BYTES) * compression * CAUTION;
}
