/**
 * What a producer makes of settings that do not go together: some it refuses to start with (ConfigException), others it
 * changes silently, as `postProcessAndValidateIdempotenceConfigs` of ProducerConfig and `configureDeliveryTimeout` of
 * KafkaProducer do.
 */
import { type Duration, SECOND, after } from "../../../src/kernel/index.js";
import type { OptionRefusal, OptionValues } from "../../../src/model/index.js";

/** A log knows an idempotent producer's latest five batches. */
const IDEMPOTENT_IN_FLIGHT_MAX = 5;

/** delivery.timeout.ms unless it is set. Who sets just this much is taken not to have set it. */
export const DELIVERY_TIMEOUT: Duration = 120 * SECOND;

/** Whether repetitions are recognised. It is silently off where acks or retries rule it out [KIP-679]. */
export function isIdempotent({ idempotence, acks, retries }: OptionValues): boolean {
  if (idempotence === "default") return acks === "all" && retries !== 0;
  return idempotence === "on";
}

/** Raised to what it must at least be, unless it was set. */
export function deliveryTimeoutOf(options: OptionValues): Duration {
  return Math.max(options["deliveryTimeout"] as number, leastDeliveryTimeout(options));
}

export function producerRefusals(options: OptionValues): readonly OptionRefusal[] {
  const { idempotence, acks, retries, maxInFlight, deliveryTimeout } = options;
  const refusals: OptionRefusal[] = [];
  const refuse = (option: string, found: string, expected: string): void => {
    refusals.push({ option, found, expected });
  };
  if (idempotence === "on" && acks !== "all") {
    refuse("acks", `acks ${String(acks)} beside idempotence`, "acks: all");
  }
  if (idempotence === "on" && retries === 0) refuse("retries", "no retries beside idempotence", "1 or more");
  // Refused even where idempotence is going to be silently off.
  if (idempotence !== "off" && (maxInFlight as number) > IDEMPOTENT_IN_FLIGHT_MAX) {
    refuse(
      "maxInFlight",
      `${String(maxInFlight)} requests in flight beside idempotence`,
      "5 or fewer, or idempotence: off",
    );
  }
  if (options["transactionalId"] !== undefined && !isIdempotent(options)) {
    refuse(
      "transactionalId",
      "transactions without idempotence",
      "acks: all, retries, and idempotence not off",
    );
  }
  const least = leastDeliveryTimeout(options);
  if (deliveryTimeout !== DELIVERY_TIMEOUT && (deliveryTimeout as number) < least) {
    const seconds = `${String(least / SECOND)} s`;
    refuse("deliveryTimeout", "less than linger and requestTimeout together", `${seconds} or more`);
  }
  return refusals;
}

function leastDeliveryTimeout({ linger, requestTimeout }: OptionValues): Duration {
  return after(linger as number, requestTimeout as number);
}
