/** Tells whether an application can read a value: a deserializer, with the schema that it expects. */
import { type Instant, SECOND, after } from "../../../src/kernel/index.js";
import type { Place } from "../../../src/model/index.js";
import type { Message } from "../../../src/trace/index.js";
import { Alarm } from "../application/alarm.js";
import { contentOf } from "../record-contents.js";
import { SchemaClient } from "./schema-client.js";
import { type Schema, canRead } from "./schema.js";

/** How long it waits before it asks a registry again that did not answer; assumed. */
const RETRY = SECOND;

export class ValueReader {
  readonly #client: SchemaClient | undefined;
  readonly #expected: Schema | undefined;
  readonly #retry: Alarm;
  #again: ((now: Instant) => void) | undefined;

  constructor(place: Place, registry: string | undefined, expected: Schema | undefined) {
    this.#client = registry === undefined ? undefined : new SchemaClient(place, registry);
    this.#expected = expected;
    this.#retry = new Alarm(place, "schema retry", (now) => this.#again?.(now));
  }

  /** Undefined: `found` will be called once the value's schema is known. One value at a time. */
  readable(
    message: Message,
    found: (readable: boolean, now: Instant) => void,
    now: Instant,
  ): boolean | undefined {
    const content = contentOf(message);
    if (content?.kind === "poison") return false;
    if (content?.kind !== "value" || this.#client === undefined) return true;
    const known = this.#client.schemaOf(content.schemaId);
    if (known !== undefined) return this.#reads(known);
    this.#fetch(this.#client, content.schemaId, found, now);
    return undefined;
  }

  /** The process has died. */
  forget(): void {
    this.#client?.forget();
    this.#retry.forget();
    this.#again = undefined;
  }

  #reads(written: Schema): boolean {
    return this.#expected === undefined || canRead(this.#expected, written);
  }

  #fetch(
    client: SchemaClient,
    id: number,
    found: (readable: boolean, now: Instant) => void,
    now: Instant,
  ): void {
    const fetched = (schema: Schema | undefined, at: Instant): void => {
      if (schema !== undefined) return found(this.#reads(schema), at);
      this.#again = (later) => this.#fetch(client, id, found, later);
      this.#retry.set(after(at, RETRY));
    };
    client.fetch(id, fetched, now);
  }
}
