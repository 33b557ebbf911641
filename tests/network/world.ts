/** A small simulation to test links, datagrams and faults in. */
import { type Chance, type Distribution, RandomChance, Simulation, Timers } from "../../src/kernel/index.js";
import { type HostSpec, type Node, type SimulatedNode, buildNodes } from "../../src/host/index.js";
import { type Content, Trace, type TraceEvent } from "../../src/trace/index.js";
import {
  type Channel,
  type ChannelUser,
  type Endpoint,
  type EndpointId,
  type LinkSpec,
  SimulatedNetwork,
  type TransportSpec,
} from "../../src/network/index.js";
import { MILLISECOND } from "../../src/kernel/index.js";

/** A content called by its name, with a number to recognise it by. */
export class Numbered implements Content {
  readonly name: string;
  readonly number: number;
  readonly bytes: number;

  constructor(number: number, bytes = 100, name = "TEST") {
    this.number = number;
    this.bytes = bytes;
    this.name = name;
  }

  describe(): ReturnType<Content["describe"]> {
    return { protocol: "test", name: this.name, detail: `#${this.number}`, again: false };
  }
}

export function linkSpec(from: string, to: string, change: Partial<LinkSpec> = {}): LinkSpec {
  return {
    from,
    to,
    delay: { kind: "constant", value: 10 * MILLISECOND },
    loss: { kind: "none" },
    duplication: 0,
    corruption: 0,
    reorder: false,
    ...change,
  };
}

export const uniform = (min: number, max: number): Distribution => ({
  kind: "uniform",
  min: min * MILLISECOND,
  max: max * MILLISECOND,
});

export interface WorldOptions {
  readonly nodes?: readonly (string | HostSpec)[];
  readonly links: readonly LinkSpec[];
  readonly seed?: string;
  readonly trace?: boolean;
  readonly chance?: Chance;
  /** Datagrams, unless it says otherwise. */
  readonly transport?: TransportSpec;
}

export class World {
  readonly simulation: Simulation = new Simulation();
  readonly timers: Timers = new Timers(this.simulation);
  readonly chance: Chance;
  readonly trace: Trace;
  readonly nodes: readonly SimulatedNode[];
  readonly network: SimulatedNetwork;

  constructor(options: WorldOptions) {
    this.chance = options.chance ?? new RandomChance(options.seed ?? "links", 0);
    const hosts = (options.nodes ?? namesIn(options.links)).map((node) =>
      typeof node === "string" ? { name: node } : node,
    );
    this.trace = new Trace(hosts.map(({ name }) => name).sort(compare), options.trace ?? true);
    const { simulation, timers, chance, trace } = this;
    this.nodes = buildNodes(hosts, { timers, chance, trace });
    for (const node of this.nodes) node.start(0);
    this.network = new SimulatedNetwork(
      {
        nodes: this.nodes,
        links: options.links,
        transportOf: () => options.transport ?? { kind: "datagram" },
      },
      { simulation, timers, chance, trace },
    );
  }

  node(name: string): SimulatedNode {
    const node = this.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  /** An endpoint on a node that notes what arrives and when. */
  listenOn(name: string): Recorder {
    return new Recorder(this, this.node(name));
  }

  /** Calls `happen` at each of `instants`. */
  at(instants: readonly number[], happen: (index: number, now: number) => void): void {
    const actor = this.simulation.register({ fire: (code, now) => happen(code, now) });
    instants.forEach((instant, index) => this.simulation.schedule(instant, actor, index));
  }

  /** Sends `count` numbered packets from one node to a recorder, one each `every` nanoseconds from 0. */
  stream(from: string, to: Recorder, count: number, every: number, bytes = 100): void {
    const link = this.network.link(this.node(from), to.node);
    const actor = this.simulation.register({
      fire: (number, now) => {
        link.send(to.id, new Numbered(number, bytes), bytes, now);
        if (number + 1 < count) this.simulation.schedule(now + every, actor, number + 1);
      },
    });
    this.simulation.schedule(this.simulation.now, actor, 0);
  }

  run(until: number = Number.MAX_SAFE_INTEGER - 1): void {
    this.simulation.run(until);
  }

  events<Type extends TraceEvent["type"]>(type: Type): (TraceEvent & { type: Type })[] {
    return (this.trace.events ?? []).filter(
      (event): event is TraceEvent & { type: Type } => event.type === type,
    );
  }

  lossCauses(): string[] {
    return this.events("packet-lost").map(({ cause }) => cause);
  }
}

export class Recorder implements Endpoint {
  readonly node: Node;
  readonly id: EndpointId;
  readonly numbers: number[] = [];
  readonly instants: number[] = [];

  constructor(world: World, node: Node) {
    this.node = node;
    this.id = world.network.attach(this);
  }

  packetArrived(content: Content, _from: Node, now: number): void {
    this.numbers.push((content as Numbered).number);
    this.instants.push(now);
  }
}

/** A user of channels that notes what it is told, in words. */
export class Scribe implements ChannelUser {
  readonly notes: string[] = [];
  readonly channels: Channel[] = [];
  /** Called for each content. */
  onReceived: (channel: Channel, content: Numbered, now: number) => void = () => undefined;
  onOpened: (channel: Channel, now: number) => void = () => undefined;

  channelOpened(channel: Channel, now: number): void {
    this.channels.push(channel);
    this.notes.push(`opened to ${channel.remote.name}`);
    this.onOpened(channel, now);
  }

  channelReceived(channel: Channel, content: Content, now: number): void {
    this.notes.push(`received ${content.describe().detail}`);
    this.onReceived(channel, content as Numbered, now);
  }

  channelClosed(_channel: Channel, reason: string): void {
    this.notes.push(`closed: ${reason}`);
  }
}

function namesIn(links: readonly LinkSpec[]): readonly string[] {
  return [...new Set(links.flatMap(({ from, to }) => [from, to]))];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
