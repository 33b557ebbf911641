/** Frames: requests and responses with their size on the wire. */
import type { Content, ContentDescription } from "../../../src/trace/index.js";
import type { Api, Requests, Responses } from "./messages.js";
import { requestBytes, responseBytes } from "./frame-sizes.js";

abstract class Frame<Name extends Api, Body> implements Content {
  readonly api: Name;
  readonly body: Body;
  readonly bytes: number;

  constructor(api: Name, body: Body, bytes: number) {
    this.api = api;
    this.body = body;
    this.bytes = bytes;
  }

  abstract describe(): ContentDescription;
}

class RequestFrame<Name extends Api> extends Frame<Name, Requests[Name]> {
  describe(): ContentDescription {
    const detail = REQUEST_DETAILS[this.api]?.(this.body) ?? "";
    return { protocol: "Kafka", name: this.api, detail, again: false };
  }
}

class ResponseFrame<Name extends Api> extends Frame<Name, Responses[Name]> {
  describe(): ContentDescription {
    const detail = RESPONSE_DETAILS[this.api]?.(this.body) ?? "";
    return { protocol: "Kafka", name: `${this.api}Response`, detail, again: false };
  }
}

export type Request = { [Name in Api]: RequestFrame<Name> }[Api];
export type Response = { [Name in Api]: ResponseFrame<Name> }[Api];

/** `clientIdBytes`: of the sender's client id. */
export function request<Name extends Api>(api: Name, body: Requests[Name], clientIdBytes: number): Request {
  return new RequestFrame(api, body, requestBytes(api, body, clientIdBytes)) as unknown as Request;
}

export function response<Name extends Api>(api: Name, body: Responses[Name]): Response {
  return new ResponseFrame(api, body, responseBytes(api, body)) as unknown as Response;
}

type Details<Bodies> = { readonly [Name in keyof Bodies]?: (body: Bodies[Name]) => string };

/** What a picture or a listing says of a request beside its name. */
const REQUEST_DETAILS: Details<Requests> = {
  Produce: ({ acks, batches }) => {
    const each = batches.map(({ batch, partition }) => {
      const sequence = batch.producerId < 0 ? "" : ` seq ${batch.baseSequence}`;
      return `p${partition} ${batch.count} records${sequence}`;
    });
    return `acks=${acks < 0 ? "all" : String(acks)} ${each.join(", ")}`;
  },
  Fetch: ({ replica, partitions }) => {
    const from = replica < 0 ? "" : `replica ${replica} `;
    return from + partitions.map(({ partition, offset }) => `p${partition}@${offset}`).join(", ");
  },
  AlterPartition: ({ changes }) =>
    changes.map(({ partition, isr }) => `p${partition} isr ${isr.join(" ")}`).join(", "),
  CreateTopics: ({ topic }) => topic,
  SaslHandshake: ({ mechanism }) => mechanism,
  SaslAuthenticate: ({ credentials }) => credentials.username,
  FindCoordinator: ({ kind, key }) => `${kind} ${key}`,
  InitProducerId: ({ transactionalId }) => transactionalId ?? "",
  AddPartitionsToTxn: ({ transactionalId, producerEpoch, partitions }) =>
    `${transactionalId} epoch ${producerEpoch} ${partitions.map((partition) => `p${partition}`).join(" ")}`,
  AddOffsetsToTxn: ({ transactionalId, producerEpoch, group }) =>
    `${transactionalId} epoch ${producerEpoch} ${group}`,
  TxnOffsetCommit: ({ transactionalId, producerEpoch, group, offsets }) => {
    const each = offsets.map(({ partition, offset }) => `p${partition}@${offset}`);
    return `${transactionalId} epoch ${producerEpoch} ${group} ${each.join(" ")}`;
  },
  EndTxn: ({ transactionalId, producerEpoch, committed }) =>
    `${committed ? "commit" : "abort"} ${transactionalId} epoch ${producerEpoch}`,
  WriteTxnMarkers: ({ markers }) =>
    markers
      .map(({ producerId, committed, partitions }) => {
        const where = partitions.map((partition) => `p${partition}`).join(" ");
        return `${committed ? "commit" : "abort"} of ${producerId} in ${where}`;
      })
      .join(", "),
};

const RESPONSE_DETAILS: Details<Responses> = {
  Produce: ({ results }) =>
    results
      .map(
        ({ partition, error, baseOffset }) => `p${partition} ${error === "NONE" ? `@${baseOffset}` : error}`,
      )
      .join(", "),
  Fetch: ({ results }) =>
    results
      .map(({ partition, error, batches, highWatermark }) => {
        const last = batches.at(-1);
        const records = last === undefined ? "" : ` to ${last.endOffset}`;
        return `p${partition} ${error === "NONE" ? `hw ${highWatermark}${records}` : error}`;
      })
      .join(", "),
  SaslHandshake: ({ error }) => (error === "NONE" ? "" : error),
  SaslAuthenticate: ({ error }) => (error === "NONE" ? "" : error),
  FindCoordinator: ({ error, host }) => (error === "NONE" ? host : error),
  InitProducerId: ({ error, producerId, producerEpoch }) =>
    error === "NONE" ? `producer ${producerId} epoch ${producerEpoch}` : error,
  AddPartitionsToTxn: ({ error }) => error,
  AddOffsetsToTxn: ({ error }) => error,
  TxnOffsetCommit: ({ results }) =>
    results.map(({ partition, error }) => `p${partition} ${error}`).join(", "),
  EndTxn: ({ error }) => error,
};
