/** The congestion controls that there are, by name. */
import type { TcpSpec } from "../spec.js";
import type { CongestionControl } from "./congestion-control.js";
import { Reno } from "./reno.js";

export function congestionControl(kind: TcpSpec["congestion"]): CongestionControl {
  switch (kind) {
    case "reno":
      return new Reno();
    case "none":
      return new Unlimited();
  }
}

/** No congestion control: only the receive window limits the sender. */
class Unlimited implements CongestionControl {
  readonly window: number = Infinity;
  readonly threshold: number = Infinity;
  begin(): void {}
  acknowledged(): void {}
  lossDetected(): void {}
  timedOut(): void {}
  idled(): void {}
}
