/** The congestion controls that there are, by name. */
import type { TcpSpec } from "../spec.js";
import { CongestionWindow } from "./congestion-window.js";
import { Cubic } from "./cubic.js";
import { Reno } from "./reno.js";

/** The window of a new connection; with `none` only the receive window limits the sender. */
export function congestionWindow(spec: TcpSpec): CongestionWindow {
  const { congestion, hystart, slowStartAfterIdle, byteCounting } = spec;
  const control =
    congestion === "cubic" ? new Cubic(hystart) : congestion === "reno" ? new Reno() : undefined;
  return new CongestionWindow(control, slowStartAfterIdle, byteCounting);
}
