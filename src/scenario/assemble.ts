/**
 * Puts a run together from a scenario: nodes, network, faults, programs, workload, history. Everything is made
 * in canonical order (nodes and links in code-unit order of their names), so the order of declaration changes
 * nothing; at one instant faults come first, then the starts of nodes, then the workload.
 */
import { type Actor, type ActorId, type Chance, type Instant, Simulation, Timers } from "../kernel/index.js";
import { type Application, Trace } from "../trace/index.js";
import { type Node, type SimulatedNode, buildNodes } from "../host/index.js";
import {
  type FaultSchedule,
  type Network,
  SimulatedNetwork,
  type TransportSpec,
  scheduleFaults,
} from "../network/index.js";
import { History } from "../guarantees/index.js";
import type { Place, Program } from "../model/index.js";
import { type GaugePlace, Meter } from "./meter.js";
import type { RegisteredRole, Registry } from "./registry.js";
import type { NodeSpec, Scenario } from "./scenario.js";
import { Workload } from "./workload.js";

export interface AssembleOptions {
  /** Keep the trace. The run is the same either way. */
  readonly trace?: boolean;
}

/** A program and where it runs. */
export interface Resident {
  readonly node: SimulatedNode;
  readonly spec: NodeSpec;
  readonly role: RegisteredRole;
  readonly program: Program;
}

/** A run that has not begun: step it, or let `runOne` run it to its end. */
export interface Assembly {
  readonly scenario: Scenario;
  readonly simulation: Simulation;
  readonly trace: Trace;
  readonly network: SimulatedNetwork;
  readonly history: History;
  /** One a node, in canonical order. */
  readonly residents: readonly Resident[];
  readonly workload: Workload;
  readonly faults: FaultSchedule;
  readonly meter: Meter;
  readonly milestones: Milestones;
}

/** What decides when a run without horizon is over. */
export interface Milestones {
  /** When the last fault healed; undefined while one lasts or is to come. */
  healedAt: Instant | undefined;
  /** The simulation is to stop when no operation is to come at a known instant. */
  stopWhenDrained: boolean;
}

/** Throws when the scenario names what it does not have, or a role that is not registered. */
export function assemble(
  scenario: Scenario,
  registry: Registry,
  chance: Chance,
  options: AssembleOptions = {},
): Assembly {
  const specs = [...scenario.nodes].sort((a, b) => compareText(a.name, b.name));
  const simulation = new Simulation(
    scenario.eventsMax === undefined ? {} : { eventsMax: scenario.eventsMax },
  );
  const trace = new Trace(
    specs.map(({ name }) => name),
    options.trace === true,
  );
  const history = new History(trace.nodeNames, matcherOf(specs, registry), {
    warmup: scenario.warmup,
    trace,
    messages: scenario.messages,
    logs: specs.some(({ role }) => registry.role(role)?.model.logs === true),
  });
  const timers = new Timers(simulation);
  const surroundings = { simulation, timers, chance, trace };
  const hosts = specs.map((spec) => withCpu(spec, registry));
  const nodes = buildNodes(hosts, surroundings);
  const transportOf = ({ index }: Node): TransportSpec => (specs[index] as NodeSpec).transport;
  const network = new SimulatedNetwork({ nodes, links: scenario.links, transportOf }, surroundings);
  // Written out: what a spread makes has a shape of its own in every run, and compiled code knows only so many.
  const common: Common = {
    simulation,
    timers,
    chance,
    trace,
    network,
    application: history,
    nodes,
    specs,
    registry,
  };
  const milestones: Milestones = { healedAt: undefined, stopWhenDrained: false };
  const faults = arrangeFaults(scenario, common, network, history, milestones);
  const starter = new Starter(simulation, nodes);
  const residents = nodes.map((node) => new Home(node, common));
  const gauges = gaugePlaces(scenario, residents);
  const meter = new Meter(simulation, network, scenario.warmup, scenario.series, gauges, history);
  const workload = buildWorkload(scenario, residents, common, milestones);
  starter.attach(residents, workload);
  return { scenario, simulation, trace, network, history, residents, workload, faults, meter, milestones };
}

/** What all places share. */
interface Common {
  readonly simulation: Simulation;
  readonly timers: Timers;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly application: Application;
  readonly network: Network;
  /** In canonical order. */
  readonly nodes: readonly SimulatedNode[];
  readonly specs: readonly NodeSpec[];
  readonly registry: Registry;
}

/** A program, and the place that it sees: one small object, so that a million of them are cheap. */
class Home implements Place, Resident {
  readonly node: SimulatedNode;
  readonly program: Program;
  readonly #common: Common;

  constructor(node: SimulatedNode, common: Common) {
    this.node = node;
    this.#common = common;
    this.program = this.role.role.build(this, this.spec.options);
  }

  get spec(): NodeSpec {
    return this.#common.specs[this.node.index] as NodeSpec;
  }

  get role(): RegisteredRole {
    return roleOf(this.spec, this.#common.registry);
  }

  get simulation(): Simulation {
    return this.#common.simulation;
  }

  get timers(): Timers {
    return this.#common.timers;
  }

  get chance(): Chance {
    return this.#common.chance;
  }

  get trace(): Trace {
    return this.#common.trace;
  }

  get application(): Application {
    return this.#common.application;
  }

  get network(): Network {
    return this.#common.network;
  }

  nodeNamed(name: string): Node {
    return nodeNamed(this.#common, name);
  }
}

/** Starts the nodes at the beginning, in canonical order, and tells the workload of processes that start. */
class Starter implements Actor {
  readonly #nodes: readonly SimulatedNode[];

  constructor(simulation: Simulation, nodes: readonly SimulatedNode[]) {
    this.#nodes = nodes;
    const actor: ActorId = simulation.register(this);
    for (const { index } of nodes) simulation.schedule(0, actor, index);
  }

  attach(residents: readonly Resident[], workload: Workload): void {
    for (const { node, program } of residents) {
      if (!workload.concerns(node)) node.attachProgram(program);
      else {
        node.attachProgram({
          start: (now) => {
            program.start(now);
            workload.started(node, now);
          },
          crashed: (now) => program.crashed(now),
          ...stoppingOf(program),
        });
      }
    }
  }

  fire(index: number, now: Instant): void {
    (this.#nodes[index] as SimulatedNode).start(now);
  }
}

/** Present only where the program has something to do before it ends. */
function stoppingOf(program: Program): Pick<Program, "stopping"> {
  if (program.stopping === undefined) return {};
  return { stopping: (now, stopped) => program.stopping?.(now, stopped) };
}

function arrangeFaults(
  scenario: Scenario,
  common: Common,
  network: SimulatedNetwork,
  history: History,
  milestones: Milestones,
): FaultSchedule {
  const { simulation, chance } = common;
  return scheduleFaults(scenario.faults, {
    simulation,
    chance,
    network,
    nodeNamed: (name) => nodeNamed(common, name),
    healed: (now) => {
      milestones.healedAt = now;
      history.faultsHealed(now);
      simulation.stop();
    },
  });
}

function gaugePlaces({ series }: Scenario, residents: readonly Resident[]): GaugePlace[] {
  if (series === undefined) return [];
  return residents.map(({ node, program, role }) => ({
    node,
    program,
    gauges: series.of.filter((name) => role.role.gauges.some((gauge) => gauge.name === name)),
  }));
}

function buildWorkload(
  scenario: Scenario,
  residents: readonly Resident[],
  common: Common,
  milestones: Milestones,
): Workload {
  const { simulation, chance } = common;
  const sorted = [...scenario.workload].sort(
    (a, b) => compareText(a.node, b.node) || compareText(a.activity, b.activity),
  );
  const places = sorted.map((spec) => {
    const { index } = nodeNamed(common, spec.node);
    const { node, program } = residents[index] as Resident;
    return { spec, node, program };
  });
  const drained = (): void => {
    if (milestones.stopWhenDrained) simulation.stop();
  };
  return new Workload(places, { simulation, chance, drained });
}

/** The node's CPU, where its program says what inputs cost: the scenario's, or the role's own. */
function withCpu(spec: NodeSpec, registry: Registry): NodeSpec {
  const { role } = roleOf(spec, registry);
  const cores = role.cores?.(spec.options);
  if (cores === undefined) return spec;
  const cpu = spec.cpu ?? { cores, service: { kind: "constant", value: 0 } };
  return { ...spec, cpu: { ...cpu, priced: true } };
}

function roleOf(spec: NodeSpec, registry: Registry): RegisteredRole {
  const role = registry.role(spec.role);
  if (role === undefined) throw new Error(`no role is called ${spec.role}`);
  return role;
}

/** Whether a filter matches a topic, as any of the models in the scenario sees it. */
function matcherOf(
  specs: readonly NodeSpec[],
  registry: Registry,
): (filter: string, topic: string) => boolean {
  const models = [...new Set(specs.map((spec) => roleOf(spec, registry).model))];
  return (filter, topic) => models.some((model) => model.matches(filter, topic));
}

/** Found by halving: nodes stand in the order of their names. */
function nodeNamed({ nodes }: Common, name: string): SimulatedNode {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((nodes[middle] as SimulatedNode).name < name) low = middle + 1;
    else high = middle;
  }
  const node = nodes[low];
  if (node?.name !== name) throw new Error(`no node is called ${name}`);
  return node;
}

/** Code-unit order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
