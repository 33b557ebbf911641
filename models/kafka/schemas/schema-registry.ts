/**
 * A schema registry, after Confluent's: subjects with versions, each version a schema that has an id, and a mode that
 * says which schema may be the next version. Questions are HTTP requests.
 */
import type { Language, Saying } from "../application/exchange.js";
import { type CompatibilityMode, type Schema, isCompatible, schemaText } from "./schema.js";

export type RegistryQuestion =
  | { readonly ask: "register"; readonly subject: string; readonly schema: Schema }
  | { readonly ask: "schema"; readonly id: number };

export type RegistryAnswer =
  | { readonly status: 200; readonly id: number; readonly schema: Schema | undefined }
  /** Incompatible with an earlier schema. */
  | { readonly status: 409 }
  /** Error 40403: there is no schema of that id. */
  | { readonly status: 404 };

export class SchemaRegistry {
  readonly counts = { registered: 0, refused: 0, requests: 0 };
  readonly #mode: CompatibilityMode;
  readonly #refusesIncompatible: boolean;
  /** By id less one. */
  readonly #schemas: Schema[] = [];
  readonly #ids = new Map<string, number>();
  readonly #subjects = new Map<string, Schema[]>();

  constructor(mode: CompatibilityMode, refusesIncompatible: boolean) {
    this.#mode = mode;
    this.#refusesIncompatible = refusesIncompatible;
  }

  answer(question: RegistryQuestion): RegistryAnswer {
    this.counts.requests++;
    if (question.ask === "register") return this.#register(question.subject, question.schema);
    const schema = this.#schemas[question.id - 1];
    return schema === undefined ? { status: 404 } : { status: 200, id: question.id, schema };
  }

  /** One that is a version of the subject already stays what it is. */
  #register(subject: string, schema: Schema): RegistryAnswer {
    const versions = this.#subjects.get(subject) ?? [];
    const text = schemaText(schema);
    const known = versions.some((version) => schemaText(version) === text);
    if (!known) {
      if (this.#refusesIncompatible && !isCompatible(schema, versions, this.#mode)) {
        this.counts.refused++;
        return { status: 409 };
      }
      this.#subjects.set(subject, [...versions, schema]);
      this.counts.registered++;
    }
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#schemas.push(schema);
      this.#ids.set(text, id);
    }
    return { status: 200, id, schema: undefined };
  }
}

/** A request line, Host, Accept, Content-Type and Content-Length; a status line, Date, Content-Type and length. */
const REQUEST_BYTES = 210;
const RESPONSE_BYTES = 160;
/** `{"schema":"{\"type\":\"record\",\"name\":\"…\",\"fields\":[]}"}` … */
const SCHEMA_BYTES = 70;
/** … and in it `{\"name\":\"\",\"type\":\"\"},`. */
const FIELD_BYTES = 28;
/** `,\"default\":0`. */
const DEFAULT_BYTES = 14;

function schemaBytes({ fields }: Schema): number {
  return fields.reduce(
    (bytes, { name, type, defaulted }) =>
      bytes + FIELD_BYTES + name.length + type.length + (defaulted ? DEFAULT_BYTES : 0),
    SCHEMA_BYTES,
  );
}

/** Sizes are about those of the headers that the clients of the registry's vendor send. */
export const REGISTRY_HTTP: Language<RegistryQuestion, RegistryAnswer> = {
  protocol: "HTTP",
  service: "schema-registry",
  question: (question): Saying => {
    if (question.ask === "schema") {
      return { name: "GET", detail: `/schemas/ids/${question.id}`, bytes: REQUEST_BYTES };
    }
    const { subject, schema } = question;
    const bytes = REQUEST_BYTES + subject.length + schemaBytes(schema);
    return { name: "POST", detail: `/subjects/${subject}/versions`, bytes };
  },
  answer: (answer): Saying => {
    const schema = answer.status === 200 ? answer.schema : undefined;
    const bytes = RESPONSE_BYTES + (schema === undefined ? 0 : schemaBytes(schema));
    return { name: String(answer.status), detail: answer.status === 200 ? `id ${answer.id}` : "", bytes };
  },
};
