/**
 * One direction of a connection as what it means: a queue of (end, content), where `end` is the sequence number
 * after the content's last byte. The writing side appends, segments refer to ranges of it, and the reading side
 * takes a content once every byte up to its end has arrived. A content is not a segment: several can share one,
 * and one can span many.
 *
 * Both ends hold the same object; the reader looks no further than the bytes it has received, so this is as if
 * the contents travelled in the segments, without a list in each.
 */
import type { Content } from "../../trace/index.js";

const NO_ENDS = new Float64Array(0);
const NO_CONTENTS: (Content | undefined)[] = [];
const FIRST_CAPACITY = 4;

export class ByteStream {
  /** The sequence number after the last byte written. The first byte is number 1. */
  end = 1;
  /** The sequence number after the last content read. */
  readEnd = 1;

  #contents: (Content | undefined)[] = NO_CONTENTS;
  #ends: Float64Array = NO_ENDS;
  /** Counts of contents released, read and written; an index into the rings after masking. */
  #released = 0;
  #read = 0;
  #written = 0;

  /** Appends `content`. Throws when it has no bytes: a stream has no place for it. */
  write(content: Content): void {
    const bytes = content.bytes;
    if (!(bytes >= 1)) throw new Error(`a content of ${bytes} bytes has no place in a byte stream`);
    if (this.#written - this.#released === this.#ends.length) this.#grow();
    this.end += bytes;
    const index = this.#written++ & (this.#ends.length - 1);
    this.#ends[index] = this.end;
    this.#contents[index] = content;
  }

  /** The next content that ends at or before `limit`; undefined when it has not arrived whole. */
  read(limit: number): Content | undefined {
    if (this.#read === this.#written) return undefined;
    const index = this.#read & (this.#ends.length - 1);
    const end = this.#ends[index] as number;
    if (end > limit || end > this.end) return undefined;
    this.#read++;
    this.readEnd = end;
    return this.#contents[index];
  }

  /**
   * Lets go of the contents that end at or before `acknowledged`: they have been read, since nothing is
   * acknowledged that the other side's system has not taken, and will not be sent again.
   */
  release(acknowledged: number): void {
    const mask = this.#ends.length - 1;
    while (this.#released < this.#written) {
      const index = this.#released & mask;
      if ((this.#ends[index] as number) > acknowledged) break;
      this.#contents[index] = undefined;
      this.#released++;
    }
  }

  /** Ends the stream at `end`: a content that reaches beyond will never be whole. */
  truncate(end: number): void {
    if (end < this.end) this.end = end;
  }

  /** The contents whose first byte lies in from ≤ number < to, of those not released. */
  beginningIn(from: number, to: number): readonly Content[] {
    const found: Content[] = [];
    const mask = this.#ends.length - 1;
    for (let count = this.#released; count < this.#written; count++) {
      const content = this.#contents[count & mask] as Content;
      const first = (this.#ends[count & mask] as number) - content.bytes;
      if (first >= to) break;
      if (first >= from) found.push(content);
    }
    return found;
  }

  #grow(): void {
    const old = this.#ends.length;
    const capacity = old === 0 ? FIRST_CAPACITY : old * 2;
    const ends = new Float64Array(capacity);
    const contents = new Array<Content | undefined>(capacity).fill(undefined);
    for (let count = this.#released; count < this.#written; count++) {
      ends[count & (capacity - 1)] = this.#ends[count & (old - 1)] as number;
      contents[count & (capacity - 1)] = this.#contents[count & (old - 1)];
    }
    this.#ends = ends;
    this.#contents = contents;
  }
}
