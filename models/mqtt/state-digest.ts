/** A machine's state as a number, for cutting a search short where it has been before. */

/** 32 bits of FNV-1a over the JSON of a snapshot. Equal states have equal digests. */
export function stateDigest(snapshot: unknown): number {
  const text = JSON.stringify(snapshot) ?? "";
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
