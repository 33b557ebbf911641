/** The members of a classic group and their sessions, and the ids that were given out to those who are to come back. */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { JoinGroup } from "../protocol/messages.js";
import { ClassicMember, type StoredMember } from "./classic-member.js";
import type { GroupHost } from "./group-host.js";

/** What a roster tells its group. */
export interface RosterUser {
  sessionOver(member: ClassicMember, now: Instant): void;
  /** A member that was expected will not come. */
  gaveUp(now: Instant): void;
}

export class ClassicRoster {
  readonly #members = new Map<string, ClassicMember>();
  readonly #host: GroupHost;
  readonly #user: RosterUser;
  /** Timers by id [KIP-394]. */
  readonly #expected = new Map<string, number>();

  constructor(host: GroupHost, user: RosterUser) {
    this.#host = host;
    this.#user = user;
  }

  get all(): readonly ClassicMember[] {
    return [...this.#members.values()];
  }

  get size(): number {
    return this.#members.size;
  }

  get isExpecting(): boolean {
    return this.#expected.size > 0;
  }

  member(id: string): ClassicMember | undefined {
    return this.#members.get(id);
  }

  withInstance(instanceId: string | undefined): ClassicMember | undefined {
    if (instanceId === undefined) return undefined;
    for (const member of this.#members.values()) if (member.instanceId === instanceId) return member;
    return undefined;
  }

  /** An id tells members of one client apart by when they came. */
  newId({ clientId, instanceId }: JoinGroup, now: Instant): string {
    return `${instanceId ?? clientId}@${now}`;
  }

  /** A client that never comes back with its id must not hold up the others for longer than a session. */
  expect(id: string, { sessionTimeout }: JoinGroup, now: Instant): void {
    const timer = this.#host.newTimer((at) => {
      this.arrived(id);
      this.#user.gaveUp(at);
    });
    this.#expected.set(id, timer);
    this.#host.setTimer(timer, after(now, sessionTimeout));
  }

  /** Nobody is expected under the id any more. False: nobody was. */
  arrived(id: string): boolean {
    const timer = this.#expected.get(id);
    if (timer === undefined) return false;
    this.#host.dropTimer(timer);
    return this.#expected.delete(id);
  }

  admit(id: string, join: Omit<StoredMember, "id" | "assignment">): ClassicMember {
    const timer = this.#host.newTimer((now) => this.#user.sessionOver(member, now));
    const member = new ClassicMember(id, join, timer);
    this.#members.set(id, member);
    return member;
  }

  remove(member: ClassicMember): void {
    this.#host.dropTimer(member.timer);
    this.#members.delete(member.id);
  }

  /** Its session begins anew. */
  heard(member: ClassicMember, now: Instant): void {
    this.#host.setTimer(member.timer, after(now, member.sessionTimeout));
  }

  /** It waits for others: nothing is heard of it meanwhile. */
  rests(member: ClassicMember): void {
    this.#host.cancelTimer(member.timer);
  }

  clear(): void {
    for (const { timer } of this.#members.values()) this.#host.dropTimer(timer);
    for (const id of [...this.#expected.keys()]) this.arrived(id);
    this.#members.clear();
  }
}
