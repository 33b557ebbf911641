/** Sizes of whole frames on the wire. */
import { ACCESS_REQUEST_SIZES, ACCESS_RESPONSE_SIZES } from "./access-sizes.js";
import { CONTROL_REQUEST_SIZES, CONTROL_RESPONSE_SIZES } from "./control-sizes.js";
import { DATA_REQUEST_SIZES, DATA_RESPONSE_SIZES } from "./data-sizes.js";
import { GROUP_REQUEST_SIZES, GROUP_RESPONSE_SIZES } from "./group-sizes.js";
import type { Api, Requests, Responses } from "./messages.js";
import { TRANSACTION_REQUEST_SIZES, TRANSACTION_RESPONSE_SIZES } from "./transaction-sizes.js";
import { RESPONSE_HEADER_BYTES, type SizesOf, requestHeaderBytes } from "./wire-size.js";

const REQUEST_SIZES: SizesOf<Requests> = {
  ...ACCESS_REQUEST_SIZES,
  ...DATA_REQUEST_SIZES,
  ...CONTROL_REQUEST_SIZES,
  ...GROUP_REQUEST_SIZES,
  ...TRANSACTION_REQUEST_SIZES,
};

const RESPONSE_SIZES: SizesOf<Responses> = {
  ...ACCESS_RESPONSE_SIZES,
  ...DATA_RESPONSE_SIZES,
  ...CONTROL_RESPONSE_SIZES,
  ...GROUP_RESPONSE_SIZES,
  ...TRANSACTION_RESPONSE_SIZES,
};

export function requestBytes<Name extends Api>(
  api: Name,
  body: Requests[Name],
  clientIdBytes: number,
): number {
  return requestHeaderBytes(clientIdBytes) + REQUEST_SIZES[api](body);
}

export function responseBytes<Name extends Api>(api: Name, body: Responses[Name]): number {
  return RESPONSE_HEADER_BYTES + RESPONSE_SIZES[api](body);
}
