/**
 * The subscriptions of a client: which filters its application wants, and the SUBSCRIBE and UNSUBSCRIBE packets
 * that are not answered yet [MQTT 5.0 §3.8 to §3.11].
 */
import { Subscribe, type SubscriptionRequest, Unsubscribe } from "./packets/subscribe.js";
import type { Version } from "./packets/packet-type.js";

/** Who is told when a request of the application is over. */
export interface Completion {
  finished(now: number): void;
}

export class ClientSubscriptions {
  /** What the application wants. Copied when it changes: clients that were set up alike share it. */
  wanted: readonly SubscriptionRequest[];
  /** The broker's session has all that is wanted. */
  confirmed = false;
  /** Filters that the session may still have and the application no longer wants. */
  unwanted: readonly string[] | undefined;
  /** Sent and not answered. */
  pending: readonly (Subscribe | Unsubscribe)[] | undefined;
  #completions: Completion[] | undefined;

  constructor(wanted: readonly SubscriptionRequest[]) {
    this.wanted = wanted;
  }

  want(request: SubscriptionRequest, completion: Completion | undefined): void {
    this.wanted = [...this.wanted.filter(({ filter }) => filter !== request.filter), request];
    this.unwanted = this.unwanted?.filter((filter) => filter !== request.filter);
    this.confirmed = false;
    this.#complete(completion);
  }

  unwant(filter: string, completion: Completion | undefined): void {
    this.wanted = this.wanted.filter((request) => request.filter !== filter);
    this.unwanted = [...(this.unwanted ?? []), filter];
    this.#complete(completion);
  }

  /** The packets for a connection that has just come up: everything, or what the resumed session lacks. */
  toSend(version: Version, nextIdentifier: () => number): readonly (Subscribe | Unsubscribe)[] {
    const packets: (Subscribe | Unsubscribe)[] = [];
    if (!this.confirmed && this.wanted.length > 0) {
      packets.push(new Subscribe(version, nextIdentifier(), this.wanted));
    }
    if (this.unwanted !== undefined && this.unwanted.length > 0) {
      packets.push(new Unsubscribe(version, nextIdentifier(), this.unwanted));
    }
    for (const packet of packets) this.sent(packet);
    return packets;
  }

  sent(packet: Subscribe | Unsubscribe): void {
    this.pending = [...(this.pending ?? []), packet];
  }

  /** The pending packet with that identifier, answered now. */
  answered(identifier: number): Subscribe | Unsubscribe | undefined {
    const packet = this.pending?.find((pending) => pending.identifier === identifier);
    if (packet === undefined) return undefined;
    const rest = this.pending?.filter((pending) => pending !== packet);
    this.pending = rest === undefined || rest.length === 0 ? undefined : rest;
    if (packet instanceof Unsubscribe) this.unwanted = undefined;
    if (this.pending === undefined) this.confirmed = true;
    return packet;
  }

  /** The connection has ended: what was pending has to be asked again. */
  disconnected(): void {
    if (this.pending === undefined) return;
    this.pending = undefined;
    this.confirmed = false;
  }

  /** The broker's session is gone. */
  sessionLost(): void {
    this.confirmed = false;
    this.unwanted = undefined;
  }

  /** Those to be told now that nothing is pending. */
  takeCompletions(): readonly Completion[] {
    if (this.pending !== undefined || this.#completions === undefined) return [];
    const completions = this.#completions;
    this.#completions = undefined;
    return completions;
  }

  #complete(completion: Completion | undefined): void {
    if (completion === undefined) return;
    this.#completions ??= [];
    this.#completions.push(completion);
  }
}
