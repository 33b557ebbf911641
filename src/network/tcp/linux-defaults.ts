/** The options of TCP as Linux ships it (6.x), each with the name that Linux has for it. */
import { MILLISECOND, SECOND } from "../../kernel/index.js";
import type { TcpSpec } from "../spec.js";

export const LINUX_TCP: TcpSpec = {
  kind: "tcp",
  nagle: true, // no TCP_NODELAY
  mss: 1448, // Ethernet's 1,500 bytes less 52 of headers
  timestamps: true, // tcp_timestamps
  sack: true, // tcp_sack, and tcp_recovery: RACK
  tailLossProbe: true, // tcp_early_retrans 3
  initialWindow: 10, // TCP_INIT_CWND, RFC 6928
  congestion: "cubic", // tcp_congestion_control
  byteCounting: true, // tcp_slow_start, tcp_cong_avoid_ai
  hystart: true, // hystart of tcp_cubic
  slowStartAfterIdle: true, // tcp_slow_start_after_idle
  rtoMin: 200 * MILLISECOND, // TCP_RTO_MIN
  rtoInitial: SECOND, // TCP_TIMEOUT_INIT, RFC 6298 §2.1
  rtoMax: 120 * SECOND, // TCP_RTO_MAX
  timerGranularity: 4 * MILLISECOND, // CONFIG_HZ 250
  synRetries: 6, // tcp_syn_retries
  synLinearTimeouts: 4, // tcp_syn_linear_timeouts, since 6.5
  synAckRetries: 5, // tcp_synack_retries
  retries: 15, // tcp_retries2
  orphanRetries: 8, // tcp_orphan_retries 0, which stands for 8
  delayedAck: 40 * MILLISECOND, // TCP_DELACK_MIN, TCP_ATO_MIN
  quickAck: false, // the route's quickack
  receiveBuffer: 65_535, // half of tcp_rmem's default, 131,072: the rest is bookkeeping
  receiveBufferMax: 3_145_728, // half of tcp_rmem's largest, 6 MiB
  sendBuffer: 87_040, // what tcp_wmem grows to for an initial window
  finTimeout: 60 * SECOND, // tcp_fin_timeout
  keepaliveInterval: 75 * SECOND, // tcp_keepalive_intvl
  keepaliveProbes: 9, // tcp_keepalive_probes
};
