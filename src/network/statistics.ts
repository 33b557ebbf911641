/**
 * What a network counts in a run. Plain counters, from the first instant to the last, over all links and
 * transports.
 */
export class NetworkStatistics {
  /** Packets that transports put on links, retransmissions included, copies made by links not. */
  packetsSent = 0;
  /** Packets and copies that did not arrive, whatever the cause. Counted by the links. */
  packetsLost = 0;
  /** Packets and copies that were handed to an endpoint. Counted by the links. */
  packetsReceived = 0;
  /** Copies that links made. Counted by the links. */
  packetsDuplicated = 0;
  /** Bytes of the packets sent, with their IP and transport headers. Counted by the links. */
  bytesSent = 0;
  /** Bytes of the contents that channels accepted, each once however often it is sent. Counted by the transports. */
  payloadBytes = 0;
  /** TCP segments sent again. Counted by TCP. */
  retransmissions = 0;
  /** Channels that programs asked for. Counted by `SimulatedNetwork.connect`, so not by the transports. */
  connects = 0;
  /** Those of them to a node that the same node had asked for a channel before. Counted as `connects`. */
  reconnects = 0;
  /** Ends of connections, at most two a connection, that a reset ended: sent, received or a fault. Counted by TCP. */
  resets = 0;
}
