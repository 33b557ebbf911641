/** What a packet or a frame is called. */
import type { ContentDescription } from "../trace/index.js";

/** A content in full. */
export function words(content: ContentDescription): string {
  return content.detail === "" ? content.name : `${content.name} ${content.detail}`;
}

/** A packet is called by what it begins to carry, a segment that carries nothing new by its kind alone. */
export function packetLabel(contents: readonly ContentDescription[]): string {
  const own = contents[0];
  if (contents.length > 1) return labelOf(contents.slice(1));
  return own?.protocol === "tcp" ? own.name : labelOf(contents);
}

/** One or two contents in words, of more the first and how many follow. */
export function labelOf(contents: readonly ContentDescription[]): string {
  const all = contents.map(words);
  return all.length <= 2 ? all.join(", ") : `${all[0]} +${all.length - 1}`;
}
