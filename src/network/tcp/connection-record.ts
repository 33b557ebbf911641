/** What a connection leaves in the trace and in the counters. */
import type { Instant } from "../../kernel/index.js";
import { type CloseReason, type Content, partsOf } from "../../trace/index.js";
import type { Node } from "../../host/index.js";
import type { TcpStackParts } from "./surroundings.js";

/** A connection has ended, as one side sees it. */
export function recordEnd(parts: TcpStackParts, remote: Node, reason: CloseReason, now: Instant): void {
  if (reason === "reset") parts.statistics.resets++;
  parts.trace.connectionClosed(parts.node.index, remote.index, reason, now);
}

/** A content was written, or read whole: what it consists of. */
export function recordFrame(
  parts: TcpStackParts,
  remote: Node,
  type: "frame-sent" | "frame-received",
  content: Content,
  now: Instant,
): void {
  const { trace, node } = parts;
  if (!trace.keeping) return;
  for (const part of partsOf(content)) {
    trace.keep({
      type,
      at: now,
      node: node.name,
      peer: remote.name,
      content: part.describe(),
      bytes: part.bytes,
    });
  }
}
