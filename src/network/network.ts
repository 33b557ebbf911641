/**
 * The network of a run: links below, the transports of each node above, one door for programs (`Network`), one
 * for transports (`Wire`), and the verbs of faults.
 */
import type { Chance, Instant, Simulation, Timers } from "../kernel/index.js";
import type { Node, SimulatedNode } from "../host/index.js";
import type { Trace } from "../trace/index.js";
import type { Channel, ChannelUser, Network, SocketOptions } from "./channel.js";
import { Datagrams } from "./datagram.js";
import { acceptThrough, connectThrough, layersBetween } from "./layers.js";
import { Links } from "./links.js";
import type { LinkSpec, TcpSpec, TransportSpec } from "./spec.js";
import { NetworkStatistics } from "./statistics.js";
import { TcpStack } from "./tcp/index.js";
import type { Endpoint, EndpointId, Link, Wire } from "./wire.js";

export interface NetworkSurroundings {
  readonly simulation: Simulation;
  readonly timers: Timers;
  readonly chance: Chance;
  readonly trace: Trace;
}

/** Who listens, and how. */
interface Listening {
  readonly user: ChannelUser;
  readonly options: SocketOptions;
}

export interface NetworkSpec {
  /** In canonical order, as `buildNodes` gives them. */
  readonly nodes: readonly SimulatedNode[];
  readonly links: readonly LinkSpec[];
  /** The transport of the channels that a node opens. */
  readonly transportOf: (node: Node) => TransportSpec;
}

export class SimulatedNetwork implements Network, Wire {
  readonly statistics: NetworkStatistics = new NetworkStatistics();
  readonly #surroundings: NetworkSurroundings;
  readonly #nodes: readonly SimulatedNode[];
  readonly #transportOf: (node: Node) => TransportSpec;
  readonly #links: Links;
  readonly #datagrams: Datagrams;
  /** By node index; made when a node first needs one. */
  readonly #stacks = new Map<number, TcpStack>();
  /** By node index: what a stack made later is to listen for. */
  readonly #listening = new Map<number, Map<string, Listening>>();

  /** Throws when a link names an unknown node, leads to where it begins, or stands twice. */
  constructor(spec: NetworkSpec, surroundings: NetworkSurroundings) {
    this.#surroundings = surroundings;
    this.#nodes = spec.nodes;
    this.#transportOf = spec.transportOf;
    const { simulation, chance, trace } = surroundings;
    const { statistics } = this;
    this.#links = new Links(spec.nodes, spec.links, { simulation, chance, trace, statistics });
    this.#datagrams = new Datagrams(this.#links, simulation);
  }

  /** Listening again replaces the user. A listener survives crashes, but hears only while the program runs. */
  listen(node: Node, service: string, user: ChannelUser, options: SocketOptions = {}): void {
    this.#datagrams.listen(node, service, user);
    let listening = this.#listening.get(node.index);
    if (listening === undefined) this.#listening.set(node.index, (listening = new Map()));
    listening.set(service, { user, options });
    const stack = this.#stacks.get(node.index);
    if (stack !== undefined) this.#listenOn(stack, service, { user, options });
  }

  /**
   * Throws when `target` is the node itself, the two are not linked in both directions, or their transports
   * disagree about what lies above TCP.
   */
  connect(
    node: Node,
    target: Node,
    service: string,
    user: ChannelUser,
    options: SocketOptions = {},
  ): Channel {
    if (node.index === target.index) throw new Error(`${node.name} cannot connect to itself`);
    this.#links.index(target, node);
    const again = this.#links.carriage.noteUse(this.#links.index(node, target));
    this.statistics.connects++;
    if (again) this.statistics.reconnects++;
    const transport = this.#transportOf(node);
    if (transport.kind === "datagram") return this.#datagrams.connect(node, target, service, user);
    const layers = layersBetween(transport, this.#tcpOf(target));
    return connectThrough(layers, { local: node, remote: target, role: "client" }, user, (above) =>
      this.#stackOf(node).connect(this.#stackOf(target), service, above, withOptions(transport, options)),
    );
  }

  attach(endpoint: Endpoint): EndpointId {
    return this.#links.attach(endpoint);
  }

  detach(id: EndpointId): void {
    this.#links.detach(id);
  }

  link(from: Node, to: Node): Link {
    return this.#links.link(from, to);
  }

  /** The links that were used so far, in canonical order: for looking at their queues. */
  usedLinks(): readonly Link[] {
    return this.#links.used();
  }

  /** A node's TCP, if it has come to need one: for looking at. */
  tcpOn(node: Node): TcpStack | undefined {
    return this.#stacks.get(node.index);
  }

  cut(from: Node, to: Node, now: Instant): void {
    this.#links.carriage.cut(this.#links.index(from, to), now);
  }

  mend(from: Node, to: Node, now: Instant): void {
    this.#links.carriage.mend(this.#links.index(from, to), now);
  }

  hold(from: Node, to: Node, now: Instant): void {
    this.#links.carriage.hold(this.#links.index(from, to), now);
  }

  release(from: Node, to: Node, now: Instant): void {
    this.#links.carriage.release(this.#links.index(from, to), now);
  }

  /** Ends every TCP connection between the two nodes on both sides at once. Datagrams do not notice. */
  reset(one: Node, other: Node, now: Instant): void {
    this.#stacks.get(one.index)?.resetBetween(other, now);
    this.#stacks.get(other.index)?.resetBetween(one, now);
  }

  /** A node that listens uses its own options if it has any, else those of whoever connects. */
  #tcpOf(node: Node): TcpSpec | undefined {
    const transport = this.#transportOf(node);
    return transport.kind === "tcp" ? transport : undefined;
  }

  #listenOn(stack: TcpStack, service: string, { user, options }: Listening): void {
    const { node } = stack;
    const own = this.#tcpOf(node);
    const accept = (peer: Node): ChannelUser => {
      const layers = layersBetween(this.#tcpOf(peer), own);
      return acceptThrough(layers, { local: node, remote: peer, role: "server" }, user);
    };
    stack.listen(service, accept, own && withOptions(own, options));
  }

  #stackOf(node: Node): TcpStack {
    const made = this.#stacks.get(node.index);
    if (made !== undefined) return made;
    const home = this.#nodes[node.index] as SimulatedNode;
    const { simulation, timers, trace } = this.#surroundings;
    const { statistics } = this;
    const stack = new TcpStack({ node: home, wire: this, simulation, timers, trace, statistics });
    for (const [service, listening] of this.#listening.get(node.index) ?? []) {
      this.#listenOn(stack, service, listening);
    }
    home.attachSystem(stack);
    this.#stacks.set(node.index, stack);
    return stack;
  }
}

function withOptions(transport: TcpSpec, { noDelay }: SocketOptions): TcpSpec {
  return noDelay === true && transport.nagle ? { ...transport, nagle: false } : transport;
}
