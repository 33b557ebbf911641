/**
 * Two nodes, `client` and `server`, joined by links both ways, with the real network around them; and the
 * exchange between them as lines of text.
 */
import {
  type Duration,
  type Instant,
  MILLISECOND,
  RandomChance,
  Simulation,
  Timers,
} from "../../../src/kernel/index.js";
import { type CpuSpec, type SimulatedNode, buildNodes } from "../../../src/host/index.js";
import {
  type Channel,
  type ChannelUser,
  type LinkSpec,
  type LossSpec,
  SimulatedNetwork,
  type TcpSpec,
} from "../../../src/network/index.js";
import { LINUX_TCP } from "../../../src/network/tcp/index.js";
import {
  type CloseReason,
  type Content,
  type ContentDescription,
  Trace,
  type TraceEvent,
} from "../../../src/trace/index.js";

export class Frame implements Content {
  readonly name: string;
  readonly bytes: number;

  constructor(name: string, bytes: number) {
    this.name = name;
    this.bytes = bytes;
  }

  describe(): ContentDescription {
    return { protocol: "test", name: this.name, detail: `${this.bytes} B`, again: false };
  }
}

/** A program that remembers what its channel told it. */
export class Program implements ChannelUser {
  readonly simulation: Simulation;
  channel: Channel | undefined;
  readonly received: string[] = [];
  readonly receivedAt: Instant[] = [];
  readonly closings: CloseReason[] = [];
  openings = 0;
  /** What it does besides. */
  onOpen: (channel: Channel) => void = () => {};
  onReceive: (channel: Channel, frame: Frame) => void = () => {};
  onClose: (reason: CloseReason) => void = () => {};

  constructor(simulation: Simulation) {
    this.simulation = simulation;
  }

  channelOpened(channel: Channel): void {
    this.openings++;
    this.channel = channel;
    this.onOpen(channel);
  }

  channelReceived(channel: Channel, content: Content, now: Instant): void {
    const frame = content as Frame;
    this.received.push(frame.name);
    this.receivedAt.push(now);
    this.onReceive(channel, frame);
  }

  channelClosed(_channel: Channel, reason: CloseReason): void {
    this.closings.push(reason);
    this.onClose(reason);
  }
}

export interface RigOptions {
  readonly tcp?: Partial<TcpSpec>;
  /** What the server's options are besides. */
  readonly serverTcp?: Partial<TcpSpec>;
  /** One way; default 50 ms. */
  readonly delay?: Duration;
  readonly bandwidth?: number;
  /** Lost on the way from client to server: the n-th packet that carries this name, or a pattern. */
  readonly toServer?: LossSpec;
  readonly toClient?: LossSpec;
  readonly link?: Partial<LinkSpec>;
  readonly serverCpu?: CpuSpec;
  readonly keepTrace?: boolean;
  readonly seed?: string;
}

export function drop(...drops: readonly (readonly [name: string, nth: number])[]): LossSpec {
  return { kind: "scripted", drops: drops.map(([name, nth]) => ({ name, nth })) };
}

export class Rig {
  readonly simulation: Simulation;
  readonly trace: Trace;
  readonly network: SimulatedNetwork;
  readonly client: SimulatedNode;
  readonly server: SimulatedNode;
  /** What runs on each node. */
  readonly asking: Program;
  readonly serving: Program;

  constructor(options: RigOptions = {}) {
    this.simulation = new Simulation();
    const timers = new Timers(this.simulation);
    this.trace = new Trace(["client", "server"], options.keepTrace ?? true);
    const chance = new RandomChance(options.seed ?? "tcp", 0);
    const surroundings = { simulation: this.simulation, timers, chance, trace: this.trace };
    const nodes = buildNodes(
      [
        { name: "client" },
        { name: "server", ...(options.serverCpu === undefined ? {} : { cpu: options.serverCpu }) },
      ],
      surroundings,
    );
    this.client = nodes[0] as SimulatedNode;
    this.server = nodes[1] as SimulatedNode;
    this.network = new SimulatedNetwork(
      {
        nodes,
        links: [
          link("client", "server", options, options.toServer),
          link("server", "client", options, options.toClient),
        ],
        transportOf: (node) => ({
          ...LINUX_TCP,
          timerGranularity: 0,
          ...options.tcp,
          ...(node.name === "server" ? options.serverTcp : {}),
        }),
      },
      surroundings,
    );
    this.asking = new Program(this.simulation);
    this.serving = new Program(this.simulation);
    this.client.start(0);
    this.server.start(0);
    this.network.listen(this.server, "echo", this.serving);
  }

  connect(): Channel {
    const channel = this.network.connect(this.client, this.server, "echo", this.asking);
    this.asking.channel = channel;
    return channel;
  }

  /** Runs until `milliseconds`. */
  until(milliseconds: number): this {
    this.simulation.run(milliseconds * MILLISECOND);
    return this;
  }

  /** Connections that the stacks still hold. */
  get connections(): number {
    const sizes = [this.client, this.server].map((node) => this.network.tcpOn(node)?.size ?? 0);
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** The exchange so far: one line an event, lost packets and repeated segments marked. */
  transcript(from = 0): string[] {
    const events = this.trace.events ?? [];
    const lost = new Map<number, string>();
    for (const event of events) if (event.type === "packet-lost") lost.set(event.packet, event.cause);
    return events.flatMap((event) => (event.at < from * MILLISECOND ? [] : (line(event, lost) ?? [])));
  }
}

function link(from: string, to: string, options: RigOptions, loss: LossSpec | undefined): LinkSpec {
  return {
    from,
    to,
    delay: { kind: "constant", value: options.delay ?? 50 * MILLISECOND },
    ...(options.bandwidth === undefined ? {} : { bandwidth: options.bandwidth }),
    loss: loss ?? { kind: "none" },
    duplication: 0,
    corruption: 0,
    reorder: false,
    ...options.link,
  };
}

function line(event: TraceEvent, lost: ReadonlyMap<number, string>): string | undefined {
  const at = `${event.at / MILLISECOND}`.padStart(6);
  if (event.type === "connection-opened") return `${at} ${event.node} opened`;
  if (event.type === "connection-closed") return `${at} ${event.node} closed: ${event.reason}`;
  if (event.type === "frame-received") return `${at} ${event.node} read ${event.content.name}`;
  if (event.type !== "packet-sent") return undefined;
  const [segment, ...frames] = event.contents as [ContentDescription, ...ContentDescription[]];
  const cause = lost.get(event.packet);
  return [
    at,
    event.from === "client" ? "client >       " : "       < server",
    segment.name,
    segment.detail.replace(/ win \d+$/, ""),
    ...(frames.length > 0 ? [`[${frames.map((frame) => frame.name).join(" ")}]`] : []),
    ...(segment.again ? ["again"] : []),
    ...(cause === undefined ? [] : [`(${cause})`]),
  ].join(" ");
}
