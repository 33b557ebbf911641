/** A producer that commits, in each of its transactions, how many it has begun as the position of a group. */
import type { Instant } from "../../../src/kernel/index.js";
import type { Model, OptionValues, Place } from "../../../src/model/index.js";
import type { Assembly } from "../../../src/scenario/index.js";
import { type KafkaRules, kafkaModel } from "../../../models/kafka/index.js";
import type { BrokerProgram } from "../../../models/kafka/broker/broker-program.js";
import { producerConfig } from "../../../models/kafka/producer/producer-description.js";
import { ProducerProgram } from "../../../models/kafka/producer/producer-program.js";
import { SPECIFIED } from "../../../models/kafka/rules.js";

export const GROUP = "copiers";

class OffsetSender extends ProducerProgram {
  #begun = 0;

  override workDone(now: Instant): void {
    const offset = ++this.#begun;
    this.machine.sendOffsets(
      {
        identity: { group: GROUP, memberId: "", generation: -1, instanceId: undefined },
        selfNamed: false,
        offsets: [{ partition: 0, offset, leaderEpoch: -1 }],
        sent: (_accepted, at) => super.workDone(at),
      },
      now,
    );
  }
}

/** Kafka, with producers of this kind. */
export function withOffsetSenders(broken: Partial<KafkaRules>): Model {
  const model = kafkaModel(broken);
  const build = (place: Place, options: OptionValues): OffsetSender =>
    new OffsetSender(place, producerConfig(options, place, { ...SPECIFIED, ...broken }));
  const roles = model.roles.map((role) => (role.name === "producer" ? { ...role, build } : role));
  return { ...model, roles };
}

/** The group's position, as its coordinator knows it; undefined: nobody coordinates it, or nothing is committed. */
export function committedOffset({ residents }: Assembly): number | undefined {
  for (const { spec, program } of residents) {
    if (spec.role !== "kafka.broker") continue;
    const found = (program as BrokerProgram).groups.find(({ name }) => name === GROUP);
    if (found !== undefined) return found.offsets[0]?.offset;
  }
  return undefined;
}
