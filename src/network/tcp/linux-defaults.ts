/** The options of TCP as Linux ships it (6.x), each with the name that Linux has for it. */
import { MILLISECOND, SECOND } from "../../kernel/index.js";
import type { TcpSpec } from "../spec.js";

export const LINUX_TCP: TcpSpec = {
  kind: "tcp",
  nagle: true, // no TCP_NODELAY
  mss: 1448, // Ethernet's 1,500 bytes less 52 of headers
  initialWindow: 10, // TCP_INIT_CWND, RFC 6928
  rtoMin: 200 * MILLISECOND, // TCP_RTO_MIN
  rtoInitial: SECOND, // TCP_TIMEOUT_INIT, RFC 6298 §2.1
  rtoMax: 120 * SECOND, // TCP_RTO_MAX
  synRetries: 6, // tcp_syn_retries
  synLinearTimeouts: 4, // tcp_syn_linear_timeouts, since 6.5
  synAckRetries: 5, // tcp_synack_retries
  retries: 15, // tcp_retries2
  delayedAck: 40 * MILLISECOND, // TCP_DELACK_MIN
  receiveBuffer: 65_535, // half of tcp_rmem's default, 131,072: the rest is bookkeeping
  sendBuffer: 87_040, // what tcp_wmem grows to for an initial window
  congestion: "reno",
  keepaliveInterval: 75 * SECOND, // tcp_keepalive_intvl
  keepaliveProbes: 9, // tcp_keepalive_probes
};
