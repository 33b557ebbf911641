/** The activity `send`: one record after the other, all of one kind, now and then one that nobody can read. */
import type { Instant } from "../../../src/kernel/index.js";
import type { ActivityDescription, Operation, OptionValues } from "../../../src/model/index.js";
import { giveContent } from "../record-contents.js";
import { schemaOption } from "../schemas/schema-registry-program.js";
import { TOPIC_NAME } from "../shared-options.js";
import type { SendRequest } from "./producer-sink.js";

export const SEND: ActivityDescription = {
  name: "send",
  summary: "Sends a record. It counts as published once its partition is known.",
  options: [
    { name: "topic", kind: "text", ...TOPIC_NAME, summary: "The topic, one of the producer's." },
    { name: "value", kind: "size", min: 0, max: 1_048_000, default: 100, summary: "Bytes of the value." },
    {
      name: "keys",
      kind: "count",
      min: 0,
      default: 0,
      summary: "Records carry so many different keys in turn; 0: none.",
    },
    {
      name: "tombstones",
      kind: "boolean",
      default: false,
      summary: "Values are null: in a compacted topic they delete their keys.",
    },
    {
      name: "poisonEvery",
      kind: "count",
      min: 0,
      default: 0,
      summary: "Every so-manieth record is one that a reader who looks at it cannot read; 0: none.",
    },
    schemaOption(
      "schema",
      "Values are written with this schema, which is registered before the first one is sent; a refusal fails the send.",
    ),
  ],
};

/** Whom the records are given to. */
export interface SendTarget {
  send(request: SendRequest, key: string | undefined, now: Instant): void;
  /**
   * Sends up to `times` records without a key and tells how many, at least one: see `Operation.performAll`. The request
   * does not hear of each (`accepted`).
   */
  sendAll?(request: SendRequest, times: number, now: Instant): number;
}

export class Sending implements Operation {
  readonly #target: SendTarget;
  readonly #request: SendRequest;
  readonly #poison: SendRequest;
  readonly #poisonEvery: number;
  readonly #keys: readonly string[];
  #sent = 0;

  constructor(target: SendTarget, options: OptionValues, finished: (now: Instant, times?: number) => void) {
    const topic = options["topic"] as string;
    const tombstone = options["tombstones"] === true;
    const valueBytes = tombstone ? 0 : (options["value"] as number);
    const keys = options["keys"] as number;
    this.#target = target;
    this.#request = { topic, valueBytes, tombstone, finished };
    this.#poison = { ...this.#request, accepted: (message) => giveContent(message, { kind: "poison" }) };
    this.#poisonEvery = options["poisonEvery"] as number;
    this.#keys = Array.from({ length: keys }, (_, key) => `key-${key}`);
  }

  performAll(times: number, now: Instant): number {
    if (this.#target.sendAll === undefined || this.#keys.length > 0 || this.#poisonEvery > 0) {
      this.perform(now);
      return 1;
    }
    return this.#target.sendAll(this.#request, times, now);
  }

  perform(now: Instant): void {
    const key = this.#keys.length === 0 ? undefined : this.#keys[this.#sent % this.#keys.length];
    this.#sent++;
    const poisonous = this.#poisonEvery > 0 && this.#sent % this.#poisonEvery === 0;
    this.#target.send(poisonous ? this.#poison : this.#request, key, now);
  }
}
