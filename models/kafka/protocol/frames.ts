/** Frames: requests and responses with their size on the wire. */
import type { Content, ContentDescription } from "../../../src/trace/index.js";
import type { Api, Requests, Responses } from "./messages.js";
import { requestBytes } from "./request-sizes.js";
import { responseBytes } from "./response-sizes.js";

class RequestFrame<Name extends Api> implements Content {
  readonly api: Name;
  readonly body: Requests[Name];
  readonly bytes: number;

  constructor(api: Name, body: Requests[Name], bytes: number) {
    this.api = api;
    this.body = body;
    this.bytes = bytes;
  }

  describe(): ContentDescription {
    return { protocol: "Kafka", name: this.api, detail: detailOf(this as Request), again: false };
  }
}

class ResponseFrame<Name extends Api> implements Content {
  readonly api: Name;
  readonly body: Responses[Name];
  readonly bytes: number;

  constructor(api: Name, body: Responses[Name], bytes: number) {
    this.api = api;
    this.body = body;
    this.bytes = bytes;
  }

  describe(): ContentDescription {
    const detail = answerOf(this as Response);
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

function detailOf(frame: Request): string {
  switch (frame.api) {
    case "Produce": {
      const acks = frame.body.acks < 0 ? "all" : String(frame.body.acks);
      const batches = frame.body.batches.map(({ batch, partition }) => {
        const sequence = batch.producerId < 0 ? "" : ` seq ${batch.baseSequence}`;
        return `p${partition} ${batch.records.length} records${sequence}`;
      });
      return `acks=${acks} ${batches.join(", ")}`;
    }
    case "Fetch": {
      const from = frame.body.replica < 0 ? "" : `replica ${frame.body.replica} `;
      return (
        from + frame.body.partitions.map(({ partition, offset }) => `p${partition}@${offset}`).join(", ")
      );
    }
    case "AlterPartition":
      return frame.body.changes.map(({ partition, isr }) => `p${partition} isr ${isr.join(" ")}`).join(", ");
    case "BrokerHeartbeat":
    case "BrokerRegistration":
    case "InitProducerId":
    case "ListOffsets":
    case "Metadata":
    case "MetadataLogFetch":
    case "OffsetForLeaderEpoch":
      return "";
  }
}

function answerOf(frame: Response): string {
  switch (frame.api) {
    case "Produce":
      return frame.body.results
        .map(
          ({ partition, error, baseOffset }) =>
            `p${partition} ${error === "NONE" ? `@${baseOffset}` : error}`,
        )
        .join(", ");
    case "Fetch":
      return frame.body.results
        .map(({ partition, error, batches, highWatermark }) => {
          const last = batches.at(-1);
          const records = last === undefined ? "" : ` to ${last.endOffset}`;
          return `p${partition} ${error === "NONE" ? `hw ${highWatermark}${records}` : error}`;
        })
        .join(", ");
    case "AlterPartition":
    case "BrokerHeartbeat":
    case "BrokerRegistration":
    case "InitProducerId":
    case "ListOffsets":
    case "Metadata":
    case "MetadataLogFetch":
    case "OffsetForLeaderEpoch":
      return "";
  }
}
