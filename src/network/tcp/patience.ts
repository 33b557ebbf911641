/** How long a connection goes on without an answer, by its state and options. */
import type { Duration } from "../../kernel/index.js";
import type { TcpSpec } from "../spec.js";
import type { ConnectionState } from "./connection-state.js";

export interface Patience {
  /** Timeouts in a row; Infinity where time decides. */
  readonly timeouts: number;
  /** Time since the first retransmission; Infinity where the timeouts are counted. */
  readonly duration: Duration;
  /** Timeouts before the first doubling. */
  readonly linear: number;
  /** Probes of a closed window. */
  readonly windowProbes: number;
  /** Time that the user allows; Infinity: any. */
  readonly userTimeout: Duration;
}

/** `orphaned`: no program holds the connection. */
export function patienceOf(state: ConnectionState, orphaned: boolean, spec: TcpSpec): Patience {
  const userTimeout = spec.userTimeout ?? Infinity;
  if (state === "syn-sent" || state === "syn-received") {
    const linear = state === "syn-sent" ? spec.synLinearTimeouts : 0;
    const timeouts = state === "syn-sent" ? spec.synRetries + linear : spec.synAckRetries;
    return { timeouts, duration: Infinity, linear, windowProbes: timeouts, userTimeout };
  }
  const retries = orphaned ? Math.min(spec.orphanRetries, spec.retries) : spec.retries;
  return {
    timeouts: Infinity,
    duration: timeOf(retries, spec),
    linear: 0,
    windowProbes: retries,
    userTimeout,
  };
}

/**
 * The time that `retries` retransmissions would take if the timeout began at its minimum: Linux counts time, not
 * retransmissions [Linux tcp_timer.c, tcp_model_timeout].
 */
function timeOf(retries: number, spec: TcpSpec): Duration {
  let timeout = spec.rtoMin;
  let sum = 0;
  for (let count = 0; count <= retries; count++) {
    sum += timeout;
    timeout = Math.min(2 * timeout, spec.rtoMax);
  }
  return sum;
}
