/**
 * What records say, where that decides what their readers do. Most records of a run say nothing: they have a length.
 * It goes with the record wherever that is kept, as a value's bytes do.
 */
import type { Message } from "../../src/trace/index.js";

/** A state, by key, and by partition the offset after the last event in it. */
export interface Snapshot {
  readonly counts: ReadonlyMap<string, number>;
  readonly offsets: ReadonlyMap<string, number>;
}

export type RecordContent =
  /** Bytes that nobody can make anything of. */
  | { readonly kind: "poison" }
  /** A value with the id of the schema that it was written with. */
  | { readonly kind: "value"; readonly schemaId: number }
  /** One event more of the record's key. */
  | { readonly kind: "event"; readonly key: string }
  /** What a service's events add up to, up to some offsets. */
  | { readonly kind: "snapshot"; readonly service: string; readonly snapshot: Snapshot }
  /** How far a source connector has come in its table. */
  | { readonly kind: "source-offset"; readonly connector: string; readonly row: number };

const contents = new WeakMap<Message, RecordContent>();

export function contentOf(message: Message): RecordContent | undefined {
  return contents.get(message);
}

/** To be said once, before anybody reads the record. */
export function giveContent(message: Message, content: RecordContent): void {
  contents.set(message, content);
}
