/** How many bytes things take on the wire: the data representations of MQTT 5.0 §1.5 (3.1.1 §1.5 and §2.2.3). */

/** The largest remaining length that four bytes can say [MQTT 5.0 §2.1.4]. */
export const REMAINING_LENGTH_MAX = 268_435_455;

/** Bytes of `text` in UTF-8. A surrogate without its partner counts as the three bytes of U+FFFD. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 2; // two code units make four bytes
      i++;
    } else bytes += 2;
  }
  return bytes;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Bytes of a UTF-8 encoded string: a length of two bytes, then the characters [MQTT 5.0 §1.5.4]. */
export function stringBytes(text: string): number {
  return 2 + utf8Bytes(text);
}

/** Bytes of a variable byte integer: seven bits a byte [MQTT 5.0 §1.5.5]. */
export function variableByteIntegerBytes(value: number): number {
  if (value < 128) return 1;
  if (value < 16_384) return 2;
  if (value < 2_097_152) return 3;
  return 4;
}

/** Bytes of a whole control packet: the type, the remaining length, and what it counts [MQTT 5.0 §2.1]. */
export function packetBytes(remainingLength: number): number {
  return 1 + variableByteIntegerBytes(remainingLength) + remainingLength;
}

/** Bytes of a property section: its length, then the properties [MQTT 5.0 §2.2.2]. 3.1.1 has none. */
export function propertiesBytes(version: number, bytes: number): number {
  return version === 5 ? variableByteIntegerBytes(bytes) + bytes : 0;
}
