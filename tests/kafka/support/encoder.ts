/**
 * An encoder of the Kafka protocol that writes bytes, field by field in the order of the layouts, so that sizes are
 * counted by other means than the model's.
 */
export type Write = (bytes: number[]) => void;

const fixed =
  (length: number): Write =>
  (bytes) => {
    for (let n = 0; n < length; n++) bytes.push(0);
  };

export const int8: Write = fixed(1);
export const int16: Write = fixed(2);
export const int32: Write = fixed(4);
export const int64: Write = fixed(8);
export const uuid: Write = fixed(16);
export const bool: Write = fixed(1);
export const noTags: Write = fixed(1);
export const nullable: Write = fixed(1);

export function uvarint(value: number): Write {
  return (bytes) => {
    let rest = BigInt(value);
    while (rest > 127n) {
      bytes.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
  };
}

export function varint(value: number): Write {
  const wide = BigInt(value);
  return uvarint(Number((wide << 1n) ^ (wide >> 63n)));
}

export function compactString(text: string): Write {
  return (bytes) => {
    const encoded = [...new TextEncoder().encode(text)];
    uvarint(encoded.length + 1)(bytes);
    bytes.push(...encoded);
  };
}

export function compactBytes(content: readonly number[]): Write {
  return (bytes) => {
    uvarint(content.length + 1)(bytes);
    for (const byte of content) bytes.push(byte);
  };
}

export function array(items: readonly (readonly Write[])[]): Write {
  return (bytes) => {
    uvarint(items.length + 1)(bytes);
    for (const item of items) for (const write of item) write(bytes);
  };
}

export function bytesOf(...fields: readonly Write[]): number[] {
  const bytes: number[] = [];
  for (const write of fields) write(bytes);
  return bytes;
}

/** With the size before it, header version 2. */
export function requestFrame(clientId: string, ...body: readonly Write[]): number {
  const name = [...new TextEncoder().encode(clientId)];
  const id: Write = (bytes) => bytes.push(0, name.length, ...name);
  return bytesOf(int32, int16, int16, int32, id, noTags, ...body).length;
}

/** With the size before it, header version 1. */
export function responseFrame(...body: readonly Write[]): number {
  return bytesOf(int32, int32, noTags, ...body).length;
}

export interface PlainRecord {
  readonly timestampDelta: number;
  readonly key: string | undefined;
  /** -1: null. */
  readonly valueBytes: number;
}

/** A record batch of magic 2. */
export function recordBatch(records: readonly PlainRecord[]): number[] {
  const header = [int64, int32, int32, int8, int32, int16, int32, int64, int64, int64, int16, int32, int32];
  return bytesOf(
    ...header,
    ...records.map((record, offsetDelta): Write => {
      const key =
        record.key === undefined ? [varint(-1)] : [varint(record.key.length), fixed(record.key.length)];
      const value = [varint(record.valueBytes), fixed(Math.max(0, record.valueBytes))];
      const body = bytesOf(
        int8,
        varint(record.timestampDelta),
        varint(offsetDelta),
        ...key,
        ...value,
        varint(0),
      );
      return (bytes) => {
        varint(body.length)(bytes);
        bytes.push(...body);
      };
    }),
  );
}
