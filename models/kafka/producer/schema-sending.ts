/**
 * Sends values with the id of their schema, as a serializer does inside `send`: who does not know the id has the schema
 * registered first, under the subject of the topic's values. If that is refused, or nobody answers, the send fails.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import { giveContent } from "../record-contents.js";
import { SCHEMA_ID_BYTES, type SchemaClient } from "../schemas/schema-client.js";
import type { Schema } from "../schemas/schema.js";
import { partitionName } from "./partition-queue.js";
import type { SendRequest } from "./producer-sink.js";
import type { SendTarget } from "./sending.js";

/** Whom failures are told to. */
export interface FailedSends {
  accept(request: SendRequest, partition: string, now: Instant): Message;
  refused(message: Message, request: SendRequest, now: Instant): void;
}

export class SchemaSending implements SendTarget {
  readonly #client: SchemaClient;
  readonly #schema: Schema;
  readonly #target: SendTarget;
  readonly #failed: FailedSends;

  constructor(client: SchemaClient, schema: Schema, target: SendTarget, failed: FailedSends) {
    this.#client = client;
    this.#schema = schema;
    this.#target = target;
    this.#failed = failed;
  }

  send(request: SendRequest, key: string | undefined, now: Instant): void {
    // TopicNameStrategy
    const subject = `${request.topic}-value`;
    const id = this.#client.idOf(subject, this.#schema);
    if (id !== undefined) return this.#sendWith(id, request, key, now);
    const registered = (given: number | undefined, at: Instant): void => {
      if (given !== undefined) return this.#sendWith(given, request, key, at);
      const nowhere = partitionName(request.topic, "?");
      this.#failed.refused(this.#failed.accept(request, nowhere, at), request, at);
    };
    this.#client.register(subject, this.#schema, registered, now);
  }

  #sendWith(schemaId: number, request: SendRequest, key: string | undefined, now: Instant): void {
    const accepted = (message: Message, at: Instant): void => {
      giveContent(message, { kind: "value", schemaId });
      request.accepted?.(message, at);
    };
    const valueBytes = request.valueBytes + SCHEMA_ID_BYTES;
    this.#target.send({ ...request, valueBytes, accepted }, key, now);
  }
}
