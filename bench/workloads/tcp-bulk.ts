/**
 * Bulk flows over TCP with the options of Linux: each on a link of its own, 100 Mbit/s and 50 ms one way, in segments
 * of 512 bytes, with losses in both directions. Counts data packets and acknowledgments delivered.
 */
import { MILLISECOND, RandomChance, SECOND, Simulation, Timers } from "../../src/kernel/index.js";
import { buildNodes } from "../../src/host/index.js";
import { type Channel, type ChannelUser, LINUX_TCP, SimulatedNetwork } from "../../src/network/index.js";
import { type Content, Trace } from "../../src/trace/index.js";
import { tcpBulkLimit } from "../limits/tcp-bulk.js";
import type { Portion, Workload } from "../workload.js";

const FLOWS = 20;
const BLOCK_BYTES = 65_536;
/** The program keeps at least so much waiting to be sent. */
const WAITING_MIN = 4 * BLOCK_BYTES;

class Block implements Content {
  readonly bytes = BLOCK_BYTES;

  describe(): ReturnType<Content["describe"]> {
    return { protocol: "bulk", name: "BLOCK", detail: "", again: false };
  }
}

const BLOCK: Content = new Block();

/** Writes without end, and reads. */
class Bulk implements ChannelUser {
  channel: Channel | undefined;

  channelOpened(channel: Channel): void {
    this.channel = channel;
  }

  channelReceived(): void {}

  channelClosed(): void {
    throw new Error("a bulk flow has ended");
  }

  fill(): void {
    const { channel } = this;
    while (channel !== undefined && channel.unsentBytes < WAITING_MIN) channel.send(BLOCK);
  }
}

/** Packets delivered in `seconds`, and the payload among them in bytes per second and flow. */
function bulk(loss: number, seconds: number, replication: number): { packets: number; goodput: number } {
  const simulation = new Simulation();
  const timers = new Timers(simulation);
  const chance = new RandomChance("tcp-bulk", replication);
  const names = Array.from({ length: FLOWS }, (_, flow) => [`from-${flow}`, `to-${flow}`]).flat();
  const trace = new Trace([...names].sort(), false);
  const surroundings = { simulation, timers, chance, trace };
  const nodes = buildNodes(
    names.map((name) => ({ name })),
    surroundings,
  );
  const link = (from: string, to: string) => ({
    from,
    to,
    delay: { kind: "constant", value: 50 * MILLISECOND } as const,
    bandwidth: 100e6,
    loss: { kind: "bernoulli", probability: loss } as const,
    duplication: 0,
    corruption: 0,
    reorder: false,
  });
  const links = Array.from({ length: FLOWS }, (_, flow) => [
    link(`from-${flow}`, `to-${flow}`),
    link(`to-${flow}`, `from-${flow}`),
  ]).flat();
  const transport = { ...LINUX_TCP, mss: 512 };
  const network = new SimulatedNetwork({ nodes, links, transportOf: () => transport }, surroundings);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const writers: Bulk[] = [];
  for (let flow = 0; flow < FLOWS; flow++) {
    const [from, to] = [byName.get(`from-${flow}`), byName.get(`to-${flow}`)];
    if (from === undefined || to === undefined) throw new Error("a node is missing");
    from.start(0);
    to.start(0);
    network.listen(to, "bulk", new Bulk());
    const writer = new Bulk();
    network.connect(from, to, "bulk", writer);
    writers.push(writer);
  }
  const actor = simulation.register({
    fire: (_code, now) => {
      for (const writer of writers) writer.fill();
      simulation.schedule(now + 100 * MILLISECOND, actor, 0);
    },
  });
  simulation.schedule(0, actor, 0);
  simulation.run(seconds * SECOND);
  const { packetsReceived, payloadBytes } = network.statistics;
  return { packets: packetsReceived, goodput: payloadBytes / seconds / FLOWS };
}

function tcpBulk(name: string, loss: number, seconds: number): Workload {
  let replication = 0;
  const portion = ({ packets, goodput }: { packets: number; goodput: number }): Portion => ({
    units: packets,
    check: `${(goodput / 1000).toFixed(1)} kB/s a flow`,
  });
  return {
    name,
    project: () => portion(bulk(loss, seconds, replication++)),
    limit: () => portion(tcpBulkLimit({ flows: FLOWS, loss, seconds })),
  };
}

export const TCP_BULK: readonly Workload[] = [
  tcpBulk("tcp-bulk-1", 0.01, 120),
  tcpBulk("tcp-bulk-10", 0.1, 600),
];
