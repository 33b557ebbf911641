/**
 * Sizes of the primitives of the Kafka protocol in its flexible versions (KIP-482) and of record batches of
 * magic 2 (KIP-98): what the layouts in `protocol/*.ts` are added up from.
 */

/** Of each message, how many bytes its body has. */
export type SizesOf<Bodies> = { readonly [Name in keyof Bodies]: (body: Bodies[Name]) => number };

/** An empty set of tagged fields, or a null compact array, string or byte sequence. */
export const ONE = 1;

/** Size field, api key and version, correlation id, client id, tagged fields: request header 2. */
export function requestHeaderBytes(clientIdBytes: number): number {
  return 4 + 2 + 2 + 4 + 2 + clientIdBytes + ONE;
}

/** Size field, correlation id, tagged fields: response header 1. */
export const RESPONSE_HEADER_BYTES: number = 4 + 4 + ONE;

/** Of a UUID, such as a topic id (KIP-516). */
export const UUID = 16;

const GROUP = 128;
const TWO_GROUPS = GROUP * GROUP;

/** Unsigned variable-length integer: seven bits a byte. */
export function uvarintBytes(value: number): number {
  if (value < GROUP) return 1;
  if (value < TWO_GROUPS) return 2;
  let bytes = 3;
  for (let rest = value / TWO_GROUPS; rest >= GROUP; rest /= GROUP) bytes++;
  return bytes;
}

/** Signed variable-length integer in zigzag encoding. */
export function varintBytes(value: number): number {
  if (value >= -GROUP / 2 && value < GROUP / 2) return 1;
  return uvarintBytes(value < 0 ? -2 * value - 1 : 2 * value);
}

/** The length of a compact array, string or byte sequence stands before it, one too large; 0 is null. */
export function compactLengthBytes(length: number): number {
  return uvarintBytes(length + 1);
}

/** A compact string of that many bytes in UTF-8. */
export function compactBytes(bytes: number): number {
  return compactLengthBytes(bytes) + bytes;
}

/** A compact string of one byte a character; undefined: null. */
export function nullableBytes(text: string | undefined): number {
  return text === undefined ? ONE : compactBytes(text.length);
}

/** A compact array of int32. */
export function int32ArrayBytes(length: number): number {
  return compactLengthBytes(length) + 4 * length;
}

/**
 * A record batch without its records: base offset, length, leader epoch, magic, checksum, attributes, last offset
 * delta, two timestamps, producer id, epoch and sequence, number of records.
 */
export const BATCH_HEADER_BYTES: number = 8 + 4 + 4 + 1 + 4 + 2 + 4 + 8 + 8 + 8 + 2 + 4 + 4;

/** A record without headers; `keyBytes` -1: no key; `valueBytes` -1: null. */
export function recordBytes(
  timestampDeltaMs: number,
  offsetDelta: number,
  keyBytes: number,
  valueBytes: number,
): number {
  const body =
    1 +
    varintBytes(timestampDeltaMs) +
    varintBytes(offsetDelta) +
    varintBytes(keyBytes) +
    Math.max(0, keyBytes) +
    varintBytes(valueBytes) +
    Math.max(0, valueBytes) +
    varintBytes(0);
  return varintBytes(body) + body;
}
