/**
 * A client of the schema registry, as serializers and deserializers have one: what it was told once it does not ask for
 * again; what was refused, or could not be found out, it does.
 */
import { type Instant, SECOND } from "../../../src/kernel/index.js";
import type { Place } from "../../../src/model/index.js";
import { Asker } from "../application/exchange.js";
import { REGISTRY_HTTP, type RegistryAnswer, type RegistryQuestion } from "./schema-registry.js";
import { type Schema, schemaText } from "./schema.js";

/** Of the schema registry's client (SchemaRegistryClientConfig: http.read.timeout.ms). */
const READ_TIMEOUT = 60 * SECOND;

/** Before the value: a zero and the id of its schema. */
export const SCHEMA_ID_BYTES = 5;

/** A schema's id; undefined: refused, or nobody answered. */
type Registered = (id: number | undefined, now: Instant) => void;

export class SchemaClient {
  readonly #asker: Asker<RegistryQuestion, RegistryAnswer>;
  readonly #ids = new Map<string, number>();
  readonly #schemas = new Map<number, Schema>();
  /** By what is asked for, who waits for the same answer. */
  readonly #registering = new Map<string, Registered[]>();

  constructor(place: Place, host: string) {
    this.#asker = new Asker(place, host, REGISTRY_HTTP, READ_TIMEOUT);
  }

  /** What it knows of the schema without asking. */
  idOf(subject: string, schema: Schema): number | undefined {
    return this.#ids.get(`${subject} ${schemaText(schema)}`);
  }

  register(subject: string, schema: Schema, registered: Registered, now: Instant): void {
    const name = `${subject} ${schemaText(schema)}`;
    const waiting = this.#registering.get(name);
    if (waiting !== undefined) {
      waiting.push(registered);
      return;
    }
    this.#registering.set(name, [registered]);
    const answered = (answer: RegistryAnswer | undefined, at: Instant): void => {
      const id = answer?.status === 200 ? answer.id : undefined;
      if (id !== undefined) this.#ids.set(name, id);
      const all = this.#registering.get(name) ?? [];
      this.#registering.delete(name);
      for (const each of all) each(id, at);
    };
    this.#asker.ask({ ask: "register", subject, schema }, answered, now);
  }

  schemaOf(id: number): Schema | undefined {
    return this.#schemas.get(id);
  }

  /** `fetched` with undefined: nobody answered, or there is none. */
  fetch(id: number, fetched: (schema: Schema | undefined, now: Instant) => void, now: Instant): void {
    const answered = (answer: RegistryAnswer | undefined, at: Instant): void => {
      const schema = answer?.status === 200 ? answer.schema : undefined;
      if (schema !== undefined) this.#schemas.set(id, schema);
      fetched(schema, at);
    };
    this.#asker.ask({ ask: "schema", id }, answered, now);
  }

  /** The process has died. */
  forget(): void {
    this.#asker.forget();
    this.#ids.clear();
    this.#schemas.clear();
    this.#registering.clear();
  }
}
