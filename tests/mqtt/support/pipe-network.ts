/**
 * The least network that programs can talk over: every packet takes the same time, its fate is decided by a
 * function, and a reliable channel lives until it is reset. For tests that want to say exactly what is lost.
 */
import { type Actor, type Instant, MILLISECOND, type Simulation } from "../../../src/kernel/index.js";
import type { InputTarget, Node } from "../../../src/host/index.js";
import type { Channel, ChannelUser, Network } from "../../../src/network/index.js";
import type { CloseReason, Content } from "../../../src/trace/index.js";

export type Fate = "arrives" | "lost" | "twice";

/** A packet as it was sent. */
export interface Sent {
  readonly at: Instant;
  readonly from: string;
  readonly to: string;
  readonly content: Content;
  readonly fate: Fate;
}

type Event =
  | { readonly type: "open"; readonly end: PipeEnd }
  | { readonly type: "arrive"; readonly end: PipeEnd; readonly content: Content }
  | { readonly type: "close"; readonly end: PipeEnd; readonly reason: CloseReason };

export class PipeNode implements Node {
  readonly index: number;
  readonly name: string;
  powered = true;
  running = false;
  paused = false;
  incarnation = 0;

  constructor(index: number, name: string) {
    this.index = index;
    this.name = name;
  }

  get disk(): never {
    throw new Error("a pipe network has no disks");
  }

  input<Held>(target: InputTarget<Held>, code: number, content: Held, now: Instant): void {
    if (this.running) target.input(code, content, now);
  }

  inputs<Held>(target: InputTarget<Held>, code: number, content: Held, times: number, now: Instant): void {
    for (let left = times; left > 0; left--) this.input(target, code, content, now);
  }

  crash(): never {
    throw new Error("nobody on a pipe network crashes by itself");
  }

  wallClock(now: Instant): number {
    return Math.floor(now / 1_000);
  }
}

class PipeEnd implements Channel {
  tag = -1;
  readonly unsentBytes = 0;
  readonly network: PipeNetwork;
  readonly transport: "tcp" | "datagram";
  readonly local: PipeNode;
  readonly remote: PipeNode;
  readonly incarnation: number;
  user: ChannelUser | undefined;
  peer: PipeEnd | undefined;
  /** Who listens on the far side, until its first packet arrives. */
  listener: ChannelUser | undefined;
  open = true;

  constructor(network: PipeNetwork, transport: "tcp" | "datagram", local: PipeNode, remote: PipeNode) {
    this.network = network;
    this.transport = transport;
    this.local = local;
    this.remote = remote;
    this.incarnation = local.incarnation;
  }

  get alive(): boolean {
    const current = this.open && this.local.running && this.local.incarnation === this.incarnation;
    return current && (this.transport === "tcp" || this.user !== undefined);
  }

  send(content: Content): void {
    if (this.open && this.local.incarnation === this.incarnation) this.network.carry(this, content);
  }

  close(): void {
    this.end("peer-closed");
  }

  abort(): void {
    this.end("reset");
  }

  end(reason: CloseReason): void {
    if (!this.open) return;
    this.open = false;
    if (this.transport === "tcp") this.network.tellClosed(this, reason);
  }
}

export class PipeNetwork implements Network, Actor {
  readonly sent: Sent[] = [];
  /** Nanoseconds each way. */
  delay = 10 * MILLISECOND;
  transport: "tcp" | "datagram";
  fate: (content: Content, from: string, to: string, n: number) => Fate = () => "arrives";
  readonly #simulation: Simulation;
  readonly #actor: number;
  readonly #listeners = new Map<string, ChannelUser>();
  readonly #events: Event[] = [];
  #ends: PipeEnd[] = [];

  constructor(simulation: Simulation, transport: "tcp" | "datagram") {
    this.#simulation = simulation;
    this.#actor = simulation.register(this);
    this.transport = transport;
  }

  listen(node: Node, service: string, user: ChannelUser): void {
    this.#listeners.set(`${node.name} ${service}`, user);
  }

  connect(node: Node, target: Node, service: string, user: ChannelUser): Channel {
    const near = new PipeEnd(this, this.transport, node as PipeNode, target as PipeNode);
    near.user = user;
    const far = new PipeEnd(this, this.transport, target as PipeNode, node as PipeNode);
    far.listener = this.#listeners.get(`${target.name} ${service}`);
    near.peer = far;
    far.peer = near;
    this.#ends.push(near, far);
    if (this.transport === "datagram") {
      this.#schedule(0, { type: "open", end: near });
    } else {
      this.#schedule(this.delay, { type: "open", end: far });
      this.#schedule(2 * this.delay, { type: "open", end: near });
    }
    return near;
  }

  /** Every reliable channel between the two nodes breaks; what is on its way is gone. */
  reset(one: string, other: string): void {
    for (const end of this.#ends) {
      const between = [end.local.name, end.remote.name];
      if (!end.open || !between.includes(one) || !between.includes(other)) continue;
      end.open = false;
      if (end.user !== undefined && end.local.running)
        end.user.channelClosed(end, "reset", this.#simulation.now);
    }
  }

  /** The node's process has died: its channels are gone, and reliable peers are told. */
  crashed(node: PipeNode): void {
    for (const end of this.#ends) if (end.local === node) end.end("reset");
    this.#ends = this.#ends.filter((end) => end.open || end.peer?.open === true);
  }

  carry(end: PipeEnd, content: Content): void {
    const { peer } = end;
    if (peer === undefined) return;
    const from = end.local.name;
    const to = end.remote.name;
    const fate = end.transport === "tcp" ? "arrives" : this.fate(content, from, to, this.sent.length);
    this.sent.push({ at: this.#simulation.now, from, to, content, fate });
    if (fate === "lost") return;
    this.#schedule(this.delay, { type: "arrive", end: peer, content });
    if (fate === "twice") this.#schedule(this.delay, { type: "arrive", end: peer, content });
  }

  tellClosed(end: PipeEnd, reason: CloseReason): void {
    if (end.peer !== undefined) this.#schedule(this.delay, { type: "close", end: end.peer, reason });
  }

  fire(code: number, now: Instant): void {
    const event = this.#events[code] as Event;
    const end = event.type === "arrive" ? this.#listening(event.end, now) : event.end;
    if (!end.alive && !(event.type === "open" && end.user === undefined)) return;
    if (event.type === "open") this.#open(end, now);
    else if (event.type === "arrive") end.user?.channelReceived(end, event.content, now);
    else {
      end.open = false;
      end.user?.channelClosed(end, event.reason, now);
    }
  }

  /** Over datagrams, the far side hears from a stranger again once it has forgotten the peer. */
  #listening(addressed: PipeEnd, now: Instant): PipeEnd {
    const end = addressed.peer?.peer ?? addressed;
    if (end.transport === "tcp" || end.alive || end.listener === undefined || !end.local.running) return end;
    const fresh = new PipeEnd(this, "datagram", end.local, end.remote);
    fresh.listener = end.listener;
    fresh.peer = end.peer;
    if (end.peer !== undefined) end.peer.peer = fresh;
    this.#ends.push(fresh);
    this.#accept(fresh, now);
    return fresh;
  }

  #open(end: PipeEnd, now: Instant): void {
    if (end.user !== undefined) {
      if (end.peer?.open === true) end.user.channelOpened(end, now);
      else end.user.channelClosed(end, "refused", now);
    } else {
      this.#accept(end, now);
    }
  }

  #accept(end: PipeEnd, now: Instant): void {
    if (!end.local.running || end.listener === undefined) {
      if (end.transport === "tcp") end.end("refused");
      return;
    }
    if (end.incarnation !== end.local.incarnation) {
      if (end.transport === "tcp") end.end("refused");
      return;
    }
    end.user = end.listener;
    end.user.channelOpened(end, now);
  }

  #schedule(delay: number, event: Event): void {
    this.#simulation.schedule(this.#simulation.now + delay, this.#actor, this.#events.push(event) - 1);
  }
}
