/** Files on a disk, as programs see them. */
import type { Instant } from "../kernel/index.js";

/** A file, as its program sees it. */
export interface DiskFile<Entry> {
  /** What a reader finds, in the order of writing, the page cache included. */
  readonly entries: readonly Entry[];
  readonly bytes: number;
  /** Entries, from the first, that a power loss at `now` would leave. */
  safeEntries(now: Instant): number;
  /** After a power loss: a part of one more entry stands at the end. Gone with the next change of the file. */
  readonly torn: boolean;

  /** Puts an entry into the page cache. False when the disk is full: nothing was written. */
  append(entry: Entry, bytes: number, now: Instant): boolean;
  /**
   * All that was written to this file so far is on the device, and so are earlier cuts of any file. To be called when
   * `transfer` has come back.
   */
  synced(): void;
  /**
   * Keeps the first `count` entries. The device knows it once something was synced, or long enough ago, as with a
   * file system that keeps a journal; a power loss before that brings back what was cut off.
   */
  truncate(count: number, now: Instant): void;
}
