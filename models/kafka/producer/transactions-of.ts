/** A producer's transactions, where it has a transactional id: bound to its connections and to who is told of them. */
import type { Connections } from "../connections.js";
import type { Metadata } from "../metadata.js";
import type { ProducerConfig } from "./producer-config.js";
import { PRODUCER_TIMER, type ProducerSink } from "./producer-sink.js";
import { ProducerTransactions } from "./producer-transactions.js";
import type { ProducerContext } from "./sender.js";

/** `identified`: the producer is this one from now on. */
export function transactionsOf(
  config: ProducerConfig,
  sink: ProducerSink,
  connections: Connections<ProducerContext>,
  metadata: Metadata<ProducerContext>,
  identified: (producerId: number, producerEpoch: number) => void,
): ProducerTransactions<ProducerContext> | undefined {
  const { transactionalId } = config;
  if (transactionalId === undefined) return undefined;
  return new ProducerTransactions(
    { ...config, transactionalId },
    sink,
    connections,
    metadata,
    {
      identified,
      ready: (now) => sink.transactionsReady(now),
      broken: (now) => sink.transactionBroken(now),
      ended: (outcome, now) => sink.transactionEnded(outcome, now),
      fenced: (error, now) => sink.fenced(error, now),
    },
    (step) => ({ kind: "transaction", step }),
    PRODUCER_TIMER,
  );
}
