/** Clients and a broker on a pipe network, with every option at its default unless a test says otherwise. */
import {
  MILLISECOND,
  RandomChance,
  SECOND,
  type Instant,
  Simulation,
  Timers,
} from "../../../src/kernel/index.js";
import type { Model, OptionValues, Place, Program } from "../../../src/model/index.js";
import { Trace } from "../../../src/trace/index.js";
import { type MqttRules, mqttModel } from "../../../models/mqtt/index.js";
import { PipeNetwork, PipeNode } from "./pipe-network.js";
import { Recorder } from "./recorder.js";
import { completeOptions } from "../../complete-options.js";

export interface WorldSpec {
  readonly transport: "tcp" | "datagram";
  readonly broken?: Partial<MqttRules>;
  readonly broker?: OptionValues;
  /** Clients by name; they are numbered in that order, the broker last. */
  readonly clients: Readonly<Record<string, OptionValues>>;
  readonly trace?: boolean;
}

export class World {
  readonly simulation = new Simulation();
  readonly timers = new Timers(this.simulation);
  readonly application = new Recorder();
  readonly network: PipeNetwork;
  readonly trace: Trace;
  readonly nodes: PipeNode[];
  readonly programs: Program[];
  readonly #model: Model;
  readonly #roles: string[];

  constructor(spec: WorldSpec) {
    this.network = new PipeNetwork(this.simulation, spec.transport);
    this.#model = mqttModel(spec.broken);
    const names = [...Object.keys(spec.clients), "broker"];
    this.trace = new Trace(names, spec.trace === true);
    this.nodes = names.map((name, index) => new PipeNode(index, name));
    this.#roles = names.map((name) => (name === "broker" ? "broker" : "client"));
    const chance = new RandomChance("world", 0);
    this.programs = this.nodes.map((node, index) => {
      const role = this.#role(index);
      const given =
        role.name === "broker" ? (spec.broker ?? {}) : { broker: "broker", ...spec.clients[node.name] };
      const place: Place = {
        node,
        simulation: this.simulation,
        timers: this.timers,
        chance,
        trace: this.trace,
        application: this.application,
        network: this.network,
        nodeNamed: (name) => this.node(name),
        common: (_key, make) => make(),
      };
      return role.build(place, completeOptions(role.options, given));
    });
    for (const name of ["broker", ...Object.keys(spec.clients)]) this.start(name);
  }

  node(name: string): PipeNode {
    const node = this.nodes.find((each) => each.name === name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  program(name: string): Program {
    return this.programs[this.node(name).index] as Program;
  }

  get now(): Instant {
    return this.simulation.now;
  }

  start(name: string): void {
    const node = this.node(name);
    node.running = true;
    this.program(name).start(this.now);
  }

  crash(name: string): void {
    const node = this.node(name);
    node.running = false;
    this.network.crashed(node);
    node.incarnation++;
    this.program(name).crashed(this.now);
  }

  /** Runs to an instant, in milliseconds. */
  until(milliseconds: number): this {
    this.simulation.run(milliseconds * MILLISECOND);
    return this;
  }

  /** Runs for a while, in seconds. */
  wait(seconds: number): this {
    this.simulation.run(this.now + seconds * SECOND);
    return this;
  }

  /** Performs an activity now. Returns a count of how often it was reported finished. */
  perform(name: string, activity: string, given: OptionValues): { finished: number } {
    const description = this.#role(this.node(name).index).activities.find((each) => each.name === activity);
    if (description === undefined) throw new Error(`no activity ${activity}`);
    const outcome = { finished: 0 };
    const finished = (): void => void outcome.finished++;
    this.program(name)
      .operation(activity, completeOptions(description.options, given), finished)
      .perform(this.now);
    return outcome;
  }

  publish(name: string, topic: string, qos: number, more: OptionValues = {}): { finished: number } {
    return this.perform(name, "publish", { topic, qos, ...more });
  }

  /** Names of the packets sent from one node to another. */
  packets(from: string, to: string): string[] {
    return this.network.sent
      .filter((sent) => sent.from === from && sent.to === to)
      .map(({ content }) => {
        const { name, detail, again } = content.describe();
        return `${name}${again ? " again" : ""} ${detail}`.trim();
      });
  }

  #role(index: number): Model["roles"][number] {
    const role = this.#model.roles.find(({ name }) => name === this.#roles[index]);
    if (role === undefined) throw new Error("no role");
    return role;
  }
}
