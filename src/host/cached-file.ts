/**
 * A file and its page cache: what a reader finds, and what a power loss would leave of it on the device.
 *
 * The two differ at the end: entries that were not synced or written back, and entries that were cut off while the
 * device does not know it yet.
 */
import type { Duration, Instant } from "../kernel/index.js";
import type { DiskFile } from "./disk-file.js";

/** What the files of a device share. */
export class Space {
  used = 0;
  /** How often anything was synced: that takes earlier changes of all files' lengths along, as a journal does. */
  commits = 0;
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** False when there is no room. */
  take(bytes: number): boolean {
    if (this.used + bytes > this.#capacity) return false;
    this.used += bytes;
    return true;
  }

  /** Also more than there is room for: it was there before. */
  adjust(bytes: number): void {
    this.used += bytes;
  }
}

/** What stands on the device after the entries that it shares with the page cache. */
interface CutOff {
  readonly from: number;
  readonly entries: readonly unknown[];
  /** Of each. */
  readonly bytes: readonly number[];
  readonly at: Instant;
  readonly commits: number;
}

export class CachedFile implements DiskFile<unknown> {
  readonly entries: unknown[] = [];
  torn = false;
  readonly #writeback: Duration;
  readonly #space: Space;
  /** Of each entry, where it ends and when it was written. */
  readonly #ends: number[] = [];
  readonly #writtenAt: Instant[] = [];
  #synced = 0;
  #cutOff: CutOff | undefined;

  constructor(writeback: Duration, space: Space) {
    this.#writeback = writeback;
    this.#space = space;
  }

  get bytes(): number {
    return this.#ends.at(-1) ?? 0;
  }

  safeEntries(now: Instant): number {
    let low = this.#synced;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#writtenAt[middle] as Instant) + this.#writeback <= now) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  append(entry: unknown, bytes: number, now: Instant): boolean {
    if (!this.#space.take(bytes)) return false;
    this.torn = false;
    this.#ends.push(this.bytes + bytes);
    this.entries.push(entry);
    this.#writtenAt.push(now);
    return true;
  }

  synced(): void {
    this.#synced = this.entries.length;
    this.#space.commits++;
  }

  truncate(count: number, now: Instant): void {
    this.torn = false;
    if (count >= this.entries.length) return;
    this.#rememberOnDevice(count, now);
    this.#shorten(count);
  }

  /** Takes everything out, on the device too. */
  clear(): void {
    this.torn = false;
    this.#cutOff = undefined;
    this.#shorten(0);
  }

  /** The power fails: what is only in the page cache is gone. Returns whether that was anything. */
  losePageCache(now: Instant): boolean {
    const cutOff = this.#pendingCut(now);
    const safe = this.safeEntries(now);
    const lost = safe < this.entries.length || cutOff !== undefined;
    this.#shorten(cutOff?.from ?? safe);
    cutOff?.entries.forEach((entry, place) => {
      const bytes = cutOff.bytes[place] as number;
      this.#space.adjust(bytes);
      this.#ends.push(this.bytes + bytes);
      this.entries.push(entry);
      this.#writtenAt.push(cutOff.at);
    });
    this.synced();
    return lost;
  }

  /** Of the entries from `count` on, those on the device stay there for the time being. */
  #rememberOnDevice(count: number, now: Instant): void {
    const earlier = this.#pendingCut(now);
    const end = Math.min(this.safeEntries(now), earlier?.from ?? Infinity);
    // What comes after an earlier cut never reached the device.
    if (end <= count) return;
    const entries = [...this.entries.slice(count, end), ...(earlier?.entries ?? [])];
    const own = this.#ends.slice(count, end).map((_, place) => this.#bytesAt(count + place));
    const bytes = [...own, ...(earlier?.bytes ?? [])];
    this.#cutOff = { from: count, entries, bytes, at: now, commits: this.#space.commits };
  }

  /** The cut that the device does not know of; none when it was written back. */
  #pendingCut(now: Instant): CutOff | undefined {
    const cutOff = this.#cutOff;
    if (cutOff === undefined) return undefined;
    const isKnown = cutOff.commits !== this.#space.commits || cutOff.at + this.#writeback <= now;
    if (isKnown) this.#cutOff = undefined;
    return this.#cutOff;
  }

  #bytesAt(place: number): number {
    return (this.#ends[place] as number) - (this.#ends[place - 1] ?? 0);
  }

  #shorten(count: number): void {
    const before = this.bytes;
    this.entries.length = this.#ends.length = this.#writtenAt.length = count;
    this.#synced = Math.min(this.#synced, count);
    this.#space.adjust(this.bytes - before);
  }
}
