/**
 * Channels: what a program sees of a transport. A channel carries whole contents (frames of the protocol
 * above). Over TCP it is one connection: contents arrive in order, whole, once, or the channel closes. Over
 * datagrams it is an association of two addresses: contents arrive or not, and nothing tells.
 */
import type { Duration, Instant } from "../kernel/index.js";
import type { CloseReason, Content } from "../trace/index.js";
import type { Node } from "../host/index.js";

export interface Channel {
  readonly transport: "tcp" | "datagram";
  readonly local: Node;
  readonly remote: Node;
  /** The user's own number for this channel (a broker's connection index). */
  tag: number;

  /** Sends `content` (of `content.bytes` bytes). Ignored after the channel has closed. */
  send(content: Content): void;

  /** Bytes accepted by `send` and not yet handed to the network (0 over datagrams). */
  readonly unsentBytes: number;

  /** Ends the channel in an orderly way; what was sent before still arrives. Over datagrams: forgets it. */
  close(): void;

  /** Ends the channel at once; over TCP a reset goes out. */
  abort(): void;
}

/** The program's side: gets the inputs of its channels through its node, so never while it is crashed. */
export interface ChannelUser {
  /**
   * Ready to send. On the side that connected: the handshake is done (over datagrams: at once, as an input of
   * its own). On the side that listens: a new peer (over datagrams: its first datagram has arrived).
   */
  channelOpened(channel: Channel, now: Instant): void;
  channelReceived(channel: Channel, content: Content, now: Instant): void;
  /** What it costs a core to be told of `content`, directly over TCP. Absent: nothing. */
  contentCost?(channel: Channel, content: Content): Duration;
  /** Over; nothing more arrives and nothing can be sent. Also the answer to the user's own `close`/`abort`: no call. */
  channelClosed(channel: Channel, reason: CloseReason, now: Instant): void;
}

/** What a program sets on its sockets, whatever its node's transport says. */
export interface SocketOptions {
  /** Nagle's algorithm is off (TCP_NODELAY). */
  readonly noDelay?: boolean;
}

/** What programs ask of the network. */
export interface Network {
  /** `user` gets the channels that others open to `service` on `node`. */
  listen(node: Node, service: string, user: ChannelUser, options?: SocketOptions): void;

  /** Opens a channel over the transport configured for `node`; the outcome comes as an input to `user`. */
  connect(node: Node, target: Node, service: string, user: ChannelUser, options?: SocketOptions): Channel;
}
