/**
 * Puts a run together from a scenario: nodes, network, faults, programs, workload, history. Everything is made
 * in canonical order (nodes and links in code-unit order of their names), so the order of declaration changes
 * nothing; at one instant faults come first, then the starts of nodes, then the workload.
 */
import { type ActorId, type Chance, type Instant, Simulation, Timers } from "../kernel/index.js";
import { type Application, Trace } from "../trace/index.js";
import { type Node, type SimulatedNode, numbered } from "../host/index.js";
import {
  type FaultSchedule,
  SimulatedNetwork,
  type TransportSpec,
  scheduleFaults,
} from "../network/index.js";
import { History } from "../guarantees/index.js";
import { Home, type Neighbourhood, type Resident, roleOf } from "./home.js";
import { type GaugePlace, Meter } from "./meter.js";
import type { Registry } from "./registry.js";
import type { NodeSpec, Scenario } from "./scenario.js";
import { Workload } from "./workload.js";

export interface AssembleOptions {
  /** Keep the trace. The run is the same either way. */
  readonly trace?: boolean;
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
  const world = new World(scenario, specs, { simulation, chance, trace, application: history, registry });
  const { nodes, network } = world;
  const milestones: Milestones = { healedAt: undefined, stopWhenDrained: false };
  const faults = arrangeFaults(scenario, world, history, milestones);
  scheduleStarts(simulation, nodes);
  for (const node of nodes) node.settle();
  const gauges = gaugePlaces(scenario, nodes);
  const meter = new Meter(simulation, network, scenario.warmup, scenario.series, gauges, history);
  const workload = buildWorkload(scenario, world, milestones);
  world.workload = workload;
  return {
    scenario,
    simulation,
    trace,
    network,
    history,
    residents: nodes,
    workload,
    faults,
    meter,
    milestones,
  };
}

/** What there is before there are nodes. */
type Setting = Pick<Neighbourhood, "simulation" | "chance" | "trace" | "application" | "registry">;

/** The nodes of a run and the network between them: one shape in every run, which compiled code comes to know. */
class World implements Neighbourhood {
  readonly simulation: Simulation;
  readonly timers: Timers;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly application: Application;
  readonly registry: Registry;
  readonly nodes: readonly Home[];
  readonly network: SimulatedNetwork;
  /** Told of processes that start. */
  workload: Workload | undefined;
  readonly #commons = new Map<object, unknown>();

  constructor({ links }: Scenario, specs: readonly NodeSpec[], setting: Setting) {
    this.simulation = setting.simulation;
    this.timers = new Timers(setting.simulation);
    this.chance = setting.chance;
    this.trace = setting.trace;
    this.application = setting.application;
    this.registry = setting.registry;
    const hosts = specs.map((spec) => withCpu(spec, setting.registry));
    this.nodes = numbered(hosts, (spec, index) => new Home(spec, index, this));
    const transportOf = ({ index }: Node): TransportSpec => (this.nodes[index] as Home).spec.transport;
    this.network = new SimulatedNetwork({ nodes: this.nodes, links, transportOf }, this);
  }

  processStarted(node: Node, now: Instant): void {
    this.workload?.started(node, now);
  }

  common<Shared>(key: object, make: () => Shared): Shared {
    if (!this.#commons.has(key)) this.#commons.set(key, make());
    return this.#commons.get(key) as Shared;
  }

  /** Found by halving: nodes stand in the order of their names. */
  nodeNamed(name: string): Home {
    const { nodes } = this;
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((nodes[middle] as Home).name < name) low = middle + 1;
      else high = middle;
    }
    const node = nodes[low];
    if (node?.name !== name) throw new Error(`no node is called ${name}`);
    return node;
  }
}

/** Nodes start at the beginning, in canonical order: each has its event, and the first is in the queue. */
function scheduleStarts(simulation: Simulation, nodes: readonly SimulatedNode[]): void {
  const first = simulation.takeSequence();
  for (let index = 1; index < nodes.length; index++) simulation.takeSequence();
  const schedule = (index: number): void => {
    if (index < nodes.length) simulation.scheduleInSequence(0, first + index, actor, index);
  };
  const actor: ActorId = simulation.register({
    fire: (index, now) => {
      schedule(index + 1);
      (nodes[index] as SimulatedNode).start(now);
    },
  });
  schedule(0);
}

function arrangeFaults(
  scenario: Scenario,
  world: World,
  history: History,
  milestones: Milestones,
): FaultSchedule {
  const { simulation, chance, network } = world;
  return scheduleFaults(scenario.faults, {
    simulation,
    chance,
    network,
    nodeNamed: (name) => world.nodeNamed(name),
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

function buildWorkload(scenario: Scenario, world: World, milestones: Milestones): Workload {
  const { simulation, chance } = world;
  const sorted = [...scenario.workload].sort(
    (a, b) => compareText(a.node, b.node) || compareText(a.activity, b.activity),
  );
  const places = sorted.map((spec) => {
    const node = world.nodeNamed(spec.node);
    return { spec, node, program: node.program };
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

/** Whether a filter matches a topic, as any of the models in the scenario sees it. */
function matcherOf(
  specs: readonly NodeSpec[],
  registry: Registry,
): (filter: string, topic: string) => boolean {
  const models = [...new Set(specs.map((spec) => roleOf(spec, registry).model))];
  return (filter, topic) => models.some((model) => model.matches(filter, topic));
}

/** Code-unit order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
