/**
 * Invariants of groups, held against the coordinator and all consumers whenever they are looked at: those of the TLA+
 * model of KIP-848, which hold of the classic protocol as well, and that what is committed is never taken back.
 */
import type { Assembly, Resident } from "../../../src/scenario/index.js";
import type { BrokerProgram } from "../../../models/kafka/broker/broker-program.js";
import { partitionOfCoordinator } from "../../../models/kafka/internal-topics.js";
import type { ControllerSnapshot } from "../../../models/kafka/controller/controller.js";

interface Owner {
  readonly group: string;
  readonly memberId: string;
  readonly owned: readonly { readonly name: string }[];
}

interface Member {
  readonly id: string;
  readonly epoch?: number;
  readonly assigned?: readonly number[];
  readonly revoking?: readonly number[];
}

interface State {
  readonly kind: "classic" | "consumer";
  readonly epoch?: number;
  readonly members: readonly Member[];
  readonly target?: readonly (readonly [string, readonly number[]])[];
}

export class GroupInvariants {
  /** By name, how often each was broken. */
  readonly broken = new Map<string, number>();
  /** How often two live consumers took a partition for their own, one of them no member any more. */
  zombies = 0;
  readonly #assembly: Assembly;
  readonly #group: string;
  readonly #committed = new Map<number, number>();
  #coordinator = "";
  /** Brokers that coordinated the group, one after the other. */
  successions = 0;

  constructor(assembly: Assembly, group: string) {
    this.#assembly = assembly;
    this.#group = group;
  }

  look(): void {
    const { residents } = this.#assembly;
    const coordinator = this.#findCoordinator(residents);
    const group = coordinator?.groups.find(({ name }) => name === this.#group);
    if (group === undefined) return;
    for (const { partition, offset } of group.offsets) {
      this.#expect("CommittedOffsetMonotonic", offset >= (this.#committed.get(partition) ?? 0));
      this.#committed.set(partition, offset);
    }
    const known = [...group.offsets].map(({ partition }) => partition);
    for (const partition of this.#committed.keys()) {
      this.#expect("CommittedOffsetKept", known.includes(partition));
    }
    const state = group.state as State | undefined;
    if (state === undefined) return;
    if (state.kind === "consumer") this.#consistent(state);
    const owners = residents
      .filter(({ spec, node }) => spec.role === "kafka.consumer" && node.running)
      .map(({ program }) => program.snapshot() as Owner)
      .filter((each) => each.group === this.#group);
    this.#noDoubleAssignment(owners, state);
  }

  #findCoordinator(residents: readonly Resident[]): BrokerProgram | undefined {
    const controller = residents.find(({ spec }) => spec.role === "kafka.controller");
    const { partitions } = controller?.program.snapshot() as ControllerSnapshot;
    const states = partitions.filter(({ topic }) => topic === "__consumer_offsets");
    if (states.length === 0) return undefined;
    const index = partitionOfCoordinator(this.#group, states.length);
    const state = states.find((each) => each.index === index);
    const broker = residents.find(({ node }) => node.index === state?.leader);
    if (broker?.node.running !== true) return undefined;
    const term = `${broker.node.name} ${state?.leaderEpoch}`;
    if (term !== this.#coordinator) {
      this.#coordinator = term;
      this.successions++;
    }
    return broker.program as unknown as BrokerProgram;
  }

  /** Of those whom the coordinator knows, no two take a partition for their own. */
  #noDoubleAssignment(owners: readonly Owner[], { members }: State): void {
    const seen = new Map<string, string>();
    const all = new Set<string>();
    for (const { memberId, owned } of owners) {
      for (const { name } of owned) {
        if (all.has(name)) this.zombies++;
        all.add(name);
        if (!members.some(({ id }) => id === memberId)) continue;
        this.#expect("NoDoubleClientAssignment", !seen.has(name));
        seen.set(name, memberId);
      }
    }
  }

  #consistent({ epoch = 0, members, target = [] }: State): void {
    const targets = target.flatMap(([, partitions]) => partitions);
    this.#expect("LegalTargetAssignment", new Set(targets).size === targets.length);
    const held = members.flatMap(({ assigned = [], revoking = [] }) => [...assigned, ...revoking]);
    this.#expect("ValidPartitionEpoch", new Set(held).size === held.length);
    this.#expect(
      "ValidMemberEpoch",
      members.every((member) => (member.epoch ?? 0) <= epoch),
    );
  }

  #expect(name: string, holds: boolean): void {
    if (!holds) this.broken.set(name, (this.broken.get(name) ?? 0) + 1);
  }
}
