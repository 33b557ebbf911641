/** Numbers of bytes as people read them; a kilobyte is a thousand. */

export interface ByteUnit {
  readonly name: string;
  readonly bytes: number;
}

/** The unit in which values up to `largest` are short. */
export function unitOf(largest: number): ByteUnit {
  if (largest >= 1e7) return { name: "MB", bytes: 1e6 };
  return largest >= 1e4 ? { name: "kB", bytes: 1e3 } : { name: "bytes", bytes: 1 };
}

/** `940 bytes`, `65.5 kB` */
export function formatBytes(count: number): string {
  const { name, bytes } = unitOf(count);
  return `${Math.round((count / bytes) * 10) / 10} ${name}`;
}
