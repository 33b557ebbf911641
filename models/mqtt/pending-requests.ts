/**
 * What a client has asked about its subscriptions and not been answered [MQTT 5.0 §3.8 to §3.11]. Made when there
 * is something to ask and gone with the last answer: most clients subscribe once.
 */
import type { Subscribe, Unsubscribe } from "./packets/subscribe.js";

/** Who is told when a request of the application is over. */
export interface Completion {
  finished(now: number): void;
}

export class PendingRequests {
  /** Filters that the broker's session may still have and the application no longer wants. */
  unwanted: readonly string[] = [];
  /** Sent and not answered. */
  packets: readonly (Subscribe | Unsubscribe)[] = [];
  completions: readonly Completion[] = [];

  get empty(): boolean {
    return this.unwanted.length === 0 && this.packets.length === 0 && this.completions.length === 0;
  }

  sent(packet: Subscribe | Unsubscribe): void {
    this.packets = [...this.packets, packet];
  }

  /** Takes out the packet with that identifier, which is answered now. */
  answered(identifier: number): Subscribe | Unsubscribe | undefined {
    const packet = this.packets.find((pending) => pending.identifier === identifier);
    if (packet !== undefined) this.packets = this.packets.filter((pending) => pending !== packet);
    return packet;
  }

  /** Those to be told now that every packet is answered. */
  takeCompletions(): readonly Completion[] {
    if (this.packets.length > 0) return [];
    const { completions } = this;
    this.completions = [];
    return completions;
  }
}
