/**
 * Datagrams: UDP over IPv4, as far as delivery goes. A channel is an association of two addresses. Its near
 * half is made by `connect`; its far half lies dormant behind an address of its own until the first datagram
 * opens it, and lies there again once the far side has forgotten it (closed it, or crashed). Nothing tells
 * either side what becomes of what it sends.
 *
 * The address stands for the pair of sockets, so the far side need not tell peers apart by their source. Once
 * the near side has closed and nothing is on its way any more, an address that could only be opened by the
 * near side is given back.
 */
import type { Actor, ActorId, Instant, Simulation } from "../kernel/index.js";
import type { InputTarget, Node, SimulatedNode } from "../host/index.js";
import type { CloseReason, Content, LossCause } from "../trace/index.js";
import type { Channel, ChannelUser } from "./channel.js";
import type { Carriage } from "./carriage.js";
import { twinOf } from "./endpoints.js";
import type { Links } from "./links.js";
import type { Endpoint, EndpointId } from "./wire.js";

/** IPv4 without options [RFC 791 §3.1] and UDP [RFC 768]: 20 and 8 bytes in front of each content. */
export const DATAGRAM_HEADER_BYTES = 28;

/** A service on a node: the user of the channels that others open to it. Nobody listens as long as it has none. */
class Service implements ChannelUser {
  user: ChannelUser | undefined;

  channelOpened(channel: Channel, now: Instant): void {
    this.user?.channelOpened(channel, now);
  }

  channelReceived(channel: Channel, content: Content, now: Instant): void {
    this.user?.channelReceived(channel, content, now);
  }

  channelClosed(channel: Channel, reason: CloseReason, now: Instant): void {
    this.user?.channelClosed(channel, reason, now);
  }
}

/** A far half before its first datagram. */
const DORMANT = 0;
/** The program has not been told yet. */
const OPENING = 1;
const OPEN = 2;
const CLOSED = 3;
const STATE_BITS = 2;
const STATE_MASK = (1 << STATE_BITS) - 1;

/** Codes of a channel's inputs. */
const OPENED = 0;
const RECEIVED = 1;

type Received = Content | undefined;

/** The address of a far half whose near half has closed. */
interface Orphan {
  readonly id: EndpointId;
  /** The link towards it, and the number of the run's next packet when the near half was last seen. */
  readonly link: number;
  readonly packet: number;
}

class DatagramChannel implements Channel, Endpoint, InputTarget<Received> {
  tag = -1;
  /** The address of the other half. */
  peer: EndpointId = -1;
  readonly #datagrams: Datagrams;
  readonly #link: number;
  /** Of a far half: the service that it was opened to. */
  readonly #user: ChannelUser;
  /** The state, and above its bits the incarnation of the node in which it was reached. */
  #standing = 0;

  /** `link` leads from here to the other half. */
  constructor(datagrams: Datagrams, link: number, user: ChannelUser, state: number) {
    this.#datagrams = datagrams;
    this.#link = link;
    this.#user = user;
    this.become(state);
  }

  get transport(): "datagram" {
    return "datagram";
  }

  get local(): SimulatedNode {
    return this.#datagrams.carriage.from(this.#link);
  }

  get node(): SimulatedNode {
    return this.local;
  }

  /** This half's address. */
  get id(): EndpointId {
    return twinOf(this.peer);
  }

  get remote(): SimulatedNode {
    return this.#datagrams.carriage.to(this.#link);
  }

  /** Of a far half: what it is opened in the name of. */
  get service(): Service | undefined {
    return this.#user instanceof Service ? this.#user : undefined;
  }

  get unsentBytes(): number {
    return 0;
  }

  get isOpen(): boolean {
    return this.isOpenOn(this.local);
  }

  send(content: Content): void {
    if (this.isOpen) this.#datagrams.send(this.#link, this.peer, content);
  }

  close(): void {
    if (!this.isOpen) return;
    this.become(CLOSED);
    this.#datagrams.closed(this);
  }

  abort(): void {
    this.close();
  }

  get refusal(): LossCause | undefined {
    const { local } = this;
    if (!local.running) return "node-down";
    const user = this.#user;
    const wanted = user instanceof Service ? user.user !== undefined : this.isOpenOn(local);
    return wanted ? undefined : "no-listener";
  }

  packetArrived(content: Content, from: Node, now: Instant): void {
    const { local } = this;
    const state = this.stateOn(local);
    if (state === CLOSED) {
      this.renewed().packetArrived(content, from, now);
      return;
    }
    if (state === DORMANT) this.become(OPENING);
    local.input<Received>(this, RECEIVED, content, now);
  }

  /** @internal Through the node's gate. */
  input(code: number, content: Received, now: Instant): void {
    const { local } = this;
    if (this.stateOn(local) === OPENING) {
      this.become(OPEN);
      this.#user.channelOpened(this, now);
    }
    if (code === RECEIVED && content !== undefined && this.stateOn(local) === OPEN) {
      this.#user.channelReceived(this, content, now);
    }
  }

  /** Of a far half that is over: a dormant one in its place, behind the same address. */
  renewed(): DatagramChannel {
    return this.#datagrams.renew(this, this.#link, this.service as Service);
  }

  /** On its own node. Whatever belonged to a process that has ended is closed. */
  private stateOn(local: SimulatedNode): number {
    const sinceReached = this.#standing - (local.incarnation << STATE_BITS);
    return sinceReached >= 0 && sinceReached <= STATE_MASK ? sinceReached : CLOSED;
  }

  private isOpenOn(local: SimulatedNode): boolean {
    const state = this.stateOn(local);
    return state === OPENING || state === OPEN;
  }

  private become(state: number): void {
    this.#standing = (this.local.incarnation << STATE_BITS) | state;
  }
}

export class Datagrams implements Actor {
  readonly carriage: Carriage;
  readonly #links: Links;
  readonly #simulation: Simulation;
  readonly #actor: ActorId;
  /** By node index. */
  readonly #services: (Map<string, Service> | undefined)[] = [];
  /** Channels to be opened at this instant, in that order, each by an event of its own. The first is in the queue. */
  #opening: DatagramChannel[] = [];
  #sequences: number[] = [];
  #opened = 0;
  /** Far halves that only datagrams on their way can still open. */
  readonly #orphans: Orphan[] = [];
  #cursor = 0;

  constructor(links: Links, simulation: Simulation) {
    this.carriage = links.carriage;
    this.#links = links;
    this.#simulation = simulation;
    this.#actor = simulation.register(this);
  }

  listen(node: Node, service: string, user: ChannelUser): void {
    this.#service(node, service).user = user;
  }

  /** Throws when the two nodes are not linked in both directions. */
  connect(node: Node, target: Node, service: string, user: ChannelUser): Channel {
    this.#giveBack();
    const near = new DatagramChannel(this, this.#links.index(node, target), user, OPENING);
    const back = this.#links.index(target, node);
    const far = new DatagramChannel(this, back, this.#service(target, service), DORMANT);
    near.peer = twinOf((far.peer = this.#links.attachTwins(near, far)));
    this.#opening.push(near);
    this.#sequences.push(this.#simulation.takeSequence());
    if (this.#opening.length === 1) this.#scheduleOpening();
    return near;
  }

  #scheduleOpening(): void {
    const sequence = this.#sequences[this.#opened] as number;
    this.#simulation.scheduleInSequence(this.#simulation.now, sequence, this.#actor, 0);
  }

  /** @internal The earliest of the openings that are scheduled. */
  fire(_code: number, now: Instant): void {
    const channel = this.#opening[this.#opened++] as DatagramChannel;
    if (this.#opened === this.#opening.length) {
      this.#opening = [];
      this.#sequences = [];
      this.#opened = 0;
    } else this.#scheduleOpening();
    channel.local.input<Received>(channel, OPENED, undefined, now);
  }

  send(link: number, peer: EndpointId, content: Content): void {
    const { bytes } = content;
    this.carriage.statistics.payloadBytes += bytes;
    this.carriage.send(link, peer, content, bytes + DATAGRAM_HEADER_BYTES, this.#simulation.now);
  }

  closed(channel: DatagramChannel): void {
    const { local, remote } = channel;
    if (channel.service === undefined) {
      this.#links.detachTwin(channel.id);
      this.#orphan(channel.peer, this.#links.index(local, remote));
    } else {
      channel.renewed();
      const near = this.#links.endpoint(channel.peer);
      const alive = near instanceof DatagramChannel && near.isOpen;
      if (!alive) {
        this.#links.detachTwin(channel.peer);
        this.#orphan(channel.id, this.#links.index(remote, local));
      }
    }
    this.#giveBack();
  }

  #orphan(id: EndpointId, link: number): void {
    this.#orphans.push({ id, link, packet: this.carriage.nextPacket });
  }

  renew(over: DatagramChannel, link: number, service: Service): DatagramChannel {
    const fresh = new DatagramChannel(this, link, service, DORMANT);
    fresh.peer = over.peer;
    this.#links.replace(fresh.id, fresh);
    return fresh;
  }

  /** Looks at two orphans in turn: an open one is its program's, one with datagrams on their way may wake up. */
  #giveBack(): void {
    for (let looks = 0; looks < 2 && this.#orphans.length > 0; looks++) {
      if (this.#cursor >= this.#orphans.length) this.#cursor = 0;
      const { id, link, packet } = this.#orphans[this.#cursor] as Orphan;
      const far = this.#links.endpoint(id);
      const dormant = far instanceof DatagramChannel && !far.isOpen;
      if (dormant && !this.carriage.hasSettled(link, packet)) {
        this.#cursor++;
        continue;
      }
      if (dormant) this.#links.detachTwin(id);
      this.#orphans[this.#cursor] = this.#orphans[this.#orphans.length - 1] as Orphan;
      this.#orphans.pop();
    }
  }

  #service(node: Node, name: string): Service {
    const services = (this.#services[node.index] ??= new Map<string, Service>());
    const known = services.get(name);
    if (known !== undefined) return known;
    const service = new Service();
    services.set(name, service);
    return service;
  }
}
