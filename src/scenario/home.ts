/**
 * A node of a run with its program, and the place that the program sees. They are one object, because a run may
 * have a million of them, and because an input touches both.
 */
import type { Chance, Simulation, Timers } from "../kernel/index.js";
import type { Application, Trace } from "../trace/index.js";
import { type Node, type NodeSurroundings, SimulatedNode } from "../host/index.js";
import type { Network } from "../network/index.js";
import type { Place, Program } from "../model/index.js";
import type { RegisteredRole, Registry } from "./registry.js";
import type { NodeSpec } from "./scenario.js";

/** A program and where it runs. */
export interface Resident {
  readonly node: SimulatedNode;
  readonly spec: NodeSpec;
  readonly role: RegisteredRole;
  readonly program: Program;
}

/** What all homes of a run share. */
export interface Neighbourhood extends NodeSurroundings {
  readonly simulation: Simulation;
  readonly application: Application;
  readonly network: Network;
  readonly registry: Registry;
  nodeNamed(name: string): Node;
  common<Shared>(key: object, make: () => Shared): Shared;
}

export class Home extends SimulatedNode implements Place, Resident {
  declare protected readonly surroundings: Neighbourhood;
  declare readonly spec: NodeSpec;
  declare program: Program;

  /** Without a program: what that needs may not be there yet. */
  constructor(spec: NodeSpec, index: number, neighbourhood: Neighbourhood) {
    super(spec, index, neighbourhood);
  }

  /** The program moves in. */
  settle(): void {
    this.attachProgram(this.role.role.build(this, this.spec.options));
  }

  get node(): SimulatedNode {
    return this;
  }

  get role(): RegisteredRole {
    return roleOf(this.spec, this.surroundings.registry);
  }

  get simulation(): Simulation {
    return this.surroundings.simulation;
  }

  get timers(): Timers {
    return this.surroundings.timers;
  }

  get chance(): Chance {
    return this.surroundings.chance;
  }

  get trace(): Trace {
    return this.surroundings.trace;
  }

  get application(): Application {
    return this.surroundings.application;
  }

  get network(): Network {
    return this.surroundings.network;
  }

  nodeNamed(name: string): Node {
    return this.surroundings.nodeNamed(name);
  }

  common<Shared>(key: object, make: () => Shared): Shared {
    return this.surroundings.common(key, make);
  }
}

export function roleOf(spec: NodeSpec, registry: Registry): RegisteredRole {
  const role = registry.role(spec.role);
  if (role === undefined) throw new Error(`no role is called ${spec.role}`);
  return role;
}
