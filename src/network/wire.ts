/**
 * The wire, as transports see it: directed links that carry packets to endpoints. A packet is handed over as
 * a reference to its content with its size on the wire; links never look inside.
 */
import type { Instant } from "../kernel/index.js";
import type { Content, LossCause } from "../trace/index.js";
import type { Node } from "../host/index.js";

/** Where a packet is addressed to: an address and port, as one integer, unique in the run. */
export type EndpointId = number;

/** What a transport puts behind an address. Belongs to the operating system: called while the node has power. */
export interface Endpoint {
  readonly node: Node;
  /** Why a packet that arrives now finds nobody; absent or undefined when `packetArrived` takes it. */
  readonly refusal?: LossCause | undefined;
  packetArrived(content: Content, from: Node, now: Instant): void;
}

/** A directed link between two nodes. */
export interface Link {
  readonly from: Node;
  readonly to: Node;

  /**
   * Sends a packet of `wireBytes` (IP and transport headers included). It arrives at the endpoint after the
   * link's delay, is lost, or arrives twice.
   */
  send(endpoint: EndpointId, content: Content, wireBytes: number, now: Instant): void;

  /** Bytes that wait to be put on the link. */
  readonly queuedBytes: number;
  /** Packets sent and neither delivered nor lost. */
  readonly packetsInFlight: number;
}

export interface Wire {
  /** Gives `endpoint` an address. */
  attach(endpoint: Endpoint): EndpointId;

  /** Takes the address back: packets on their way to it are lost (`no-listener`). */
  detach(id: EndpointId): void;

  /** The link from one node to another. Throws when the scenario has none. Look it up once per channel. */
  link(from: Node, to: Node): Link;
}
