/** What a consumer remembers of a request. */
import type { Commit } from "./commits.js";

export type ConsumerContext =
  | { readonly kind: "metadata" | "lookup" | "leader" | "membership" | "offsets" }
  | { readonly kind: "commit"; readonly commit: Commit };

export const METADATA: ConsumerContext = { kind: "metadata" };
export const LOOKUP: ConsumerContext = { kind: "lookup" };
export const LEADER: ConsumerContext = { kind: "leader" };
export const MEMBERSHIP: ConsumerContext = { kind: "membership" };
export const OFFSETS: ConsumerContext = { kind: "offsets" };
