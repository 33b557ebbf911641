/** What surrounds a TCP, and what a connection asks of the stack that it belongs to. */
import type { Simulation, Timers } from "../../kernel/index.js";
import type { Trace } from "../../trace/index.js";
import type { Node } from "../../host/index.js";
import type { NetworkStatistics } from "../statistics.js";
import type { EndpointId, Wire } from "../wire.js";
import type { Origin } from "./segment.js";

export interface TcpStackParts {
  readonly node: Node;
  readonly wire: Wire;
  readonly simulation: Simulation;
  readonly timers: Timers;
  readonly trace: Trace;
  readonly statistics: NetworkStatistics;
}

export interface ConnectionOwner extends TcpStackParts {
  readonly endpoint: EndpointId;
  /** The connection of this number, with that other side, is over. */
  forget(number: number, peer: Origin | undefined): void;
}

/** Where a connection leads to. */
export interface Destination {
  readonly remote: Node;
  readonly endpoint: EndpointId;
  readonly service: string;
  /** The other side, when it was the one to ask. */
  readonly peer: Origin | undefined;
}
