/** How many timeouts in a row a connection endures, and how they grow, by its state and options. */
import type { TcpSpec } from "../spec.js";
import type { ConnectionState } from "./connection-state.js";

/** Linux's tcp_syn_linear_timeouts and tcp_synack_retries. */
const SYN_LINEAR_TIMEOUTS = 4;
const SYN_ACK_RETRIES = 5;

/** Timeouts before the first doubling. */
export function linearTimeouts(state: ConnectionState, spec: TcpSpec): number {
  return state === "syn-sent" ? (spec.synLinearTimeouts ?? SYN_LINEAR_TIMEOUTS) : 0;
}

/** Retransmissions before the connection is given up. */
export function retransmissionsMax(state: ConnectionState, spec: TcpSpec): number {
  if (state === "syn-sent") return spec.synRetries + linearTimeouts(state, spec);
  return state === "syn-received" ? (spec.synAckRetries ?? SYN_ACK_RETRIES) : spec.retries;
}
