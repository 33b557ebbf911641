/** Which layers lie between TCP and the programs at its two ends, and how they are put there. */
import type { Node } from "../host/index.js";
import type { Carrier } from "./carrier.js";
import type { ChannelUser } from "./channel.js";
import { LayeredChannel, type LayerProtocol, type LayerSink } from "./layered-channel.js";
import type { TcpSpec, TlsSpec, WebSocketSpec } from "./spec.js";
import { TlsProtocol } from "./tls/index.js";
import { WebSocketProtocol } from "./websocket/index.js";

export interface Layers {
  readonly tls: TlsSpec | undefined;
  readonly webSocket: WebSocketSpec | undefined;
}

/** An end of a channel. */
export interface End {
  readonly local: Node;
  readonly remote: Node;
  readonly role: "client" | "server";
}

/**
 * The layers between two ends: what one of them says, since the other has to speak the same. Throws when they
 * contradict each other.
 */
export function layersBetween(client: TcpSpec | undefined, server: TcpSpec | undefined): Layers {
  const contradiction = contradictionBetween(client, server);
  if (contradiction !== undefined)
    throw new Error(`the two ends of a channel disagree about ${contradiction}`);
  return { tls: agreed(client?.tls, server?.tls), webSocket: agreed(client?.webSocket, server?.webSocket) };
}

/** The layer about which the two ends of a channel say different things; undefined if there is none. */
export function contradictionBetween(
  one: TcpSpec | undefined,
  other: TcpSpec | undefined,
): "tls" | "webSocket" | undefined {
  if (!areCompatible(one?.tls, other?.tls)) return "tls";
  return areCompatible(one?.webSocket, other?.webSocket) ? undefined : "webSocket";
}

type Said<Spec> = Spec | "none" | undefined;

function agreed<Spec>(one: Said<Spec>, other: Said<Spec>): Spec | undefined {
  const said = one ?? other;
  return said === "none" ? undefined : said;
}

function areCompatible(one: Said<object>, other: Said<object>): boolean {
  if (one === undefined || other === undefined || one === other) return true;
  if (one === "none" || other === "none") return false;
  const fields = Object.entries(one);
  const others: Readonly<Record<string, unknown>> = { ...other };
  return (
    fields.length === Object.keys(others).length && fields.every(([key, value]) => others[key] === value)
  );
}

/** Opens a channel with `connect` and puts `layers` between it and `user`. */
export function connectThrough(
  layers: Layers,
  end: End,
  user: ChannelUser,
  connect: (user: ChannelUser) => Carrier,
): Carrier {
  const above = layered(layers, end, user);
  let carrier = connect(above.at(-1) ?? user);
  for (const layer of above.toReversed()) {
    layer.attach(carrier);
    carrier = layer;
  }
  return carrier;
}

/** Who takes a channel that the other end opens, when `layers` lie between it and `user`. */
export function acceptThrough(layers: Layers, end: End, user: ChannelUser): ChannelUser {
  return layered(layers, end, user).at(-1) ?? user;
}

/** From the top down. */
function layered({ tls, webSocket }: Layers, end: End, user: ChannelUser): readonly LayeredChannel[] {
  const above: LayeredChannel[] = [];
  const put = (protocol: (sink: LayerSink) => LayerProtocol): void => {
    above.push(new LayeredChannel(end, above.at(-1) ?? user, protocol));
  };
  if (webSocket !== undefined) put((sink) => new WebSocketProtocol(end.role, webSocket, sink));
  if (tls !== undefined) put((sink) => new TlsProtocol(end.role, tls, sink));
  return above;
}
