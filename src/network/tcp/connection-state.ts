/** The states of a connection and what closing does to them [RFC 9293 §3.3.2, §3.6]. */

export type ConnectionState =
  | "syn-sent"
  | "syn-received"
  | "established"
  /** This side has closed, and its FIN is not acknowledged; */
  | "fin-wait-1"
  /** … it is acknowledged. */
  | "fin-wait-2"
  /** The other side has closed. */
  | "close-wait"
  /** Both have closed: the FINs crossed; */
  | "closing"
  /** … the other side was first. */
  | "last-ack"
  | "closed";

/** The handshake is not over. */
export function isOpening(state: ConnectionState): boolean {
  return state === "syn-sent" || state === "syn-received";
}

/** This side closes. The same state: there is nothing to close any more. */
export function afterClose(state: ConnectionState): ConnectionState {
  if (isOpening(state)) return "closed";
  if (state === "established") return "fin-wait-1";
  return state === "close-wait" ? "last-ack" : state;
}

/** The FIN of this side is acknowledged. */
export function afterFinAcknowledged(state: ConnectionState): ConnectionState {
  if (state === "fin-wait-1") return "fin-wait-2";
  return state === "closing" || state === "last-ack" ? "closed" : state;
}

/** The FIN of the other side has arrived, and everything before it. */
export function afterPeerFin(state: ConnectionState): ConnectionState {
  if (state === "established") return "close-wait";
  if (state === "fin-wait-1") return "closing";
  return state === "fin-wait-2" ? "closed" : state;
}
