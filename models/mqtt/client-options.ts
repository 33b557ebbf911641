/** From the options of an experiment file to what a client machine is set up with. */
import { NEVER, SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import type { ClientConfig, ClientWill, Qos2Delivery } from "./client-config.js";
import { EXPIRY_NEVER } from "./packets/connect.js";
import type { SubscriptionRequest } from "./packets/subscribe.js";
import type { MqttRules } from "./rules.js";

/** Whole seconds, as the wire has them, rounded up; `NEVER` is the largest number. */
export function wholeSeconds(duration: number): number {
  return duration >= NEVER ? EXPIRY_NEVER : Math.min(EXPIRY_NEVER - 1, Math.ceil(duration / SECOND));
}

export function clientConfig(options: OptionValues, rules: MqttRules): ClientConfig {
  const keepAlive = wholeSeconds(options["keepAlive"] as number);
  return {
    broker: options["broker"] as string,
    autoConnect: options["autoConnect"] === true,
    version: options["version"] === 5 ? 5 : 4,
    cleanStart: options["cleanStart"] === true,
    sessionExpiry: wholeSeconds(options["sessionExpiry"] as number),
    keepAlive,
    pingRestartsOn: options["pingRestartsOn"] as ClientConfig["pingRestartsOn"],
    pingTimeout: (options["pingTimeout"] as number | undefined) ?? (keepAlive * SECOND) / 2,
    will: clientWill(options),
    receiveMaximum: options["receiveMaximum"] as number,
    maxInflight: options["maxInflight"] as number,
    heedsReceiveMaximum: options["heedsReceiveMaximum"] === true,
    maxQueued: options["maxQueued"] as number,
    dropsOldest: options["whenFull"] === "drop-oldest",
    queueCountsAll: false,
    resendsOneByOne: options["resend"] === "one-by-one",
    refills: false,
    queuesQos0: options["queueQos0"] === true,
    republishes: options["republish"] === true,
    persistent: options["persistence"] === true,
    deliversQos2At: options["qos2DeliveredAt"] as Qos2Delivery,
    unknownSession: options["unknownSession"] as "resume" | "restart",
    connackTimeout: options["connackTimeout"] as number,
    reconnects: options["reconnect"] === true,
    reconnectDelay: options["reconnectDelay"] as number,
    reconnectDelayMax: options["reconnectDelayMax"] as number,
    reconnectJitter: options["reconnectJitter"] as number,
    retryInterval: options["retryInterval"] as number,
    rules,
  };
}

function clientWill(options: OptionValues): ClientWill | undefined {
  const will = options["will"] as OptionValues | undefined;
  if (will === undefined) return undefined;
  return {
    topic: will["topic"] as string,
    qos: will["qos"] as number,
    retain: will["retain"] === true,
    payloadBytes: will["payload"] as number,
    delay: wholeSeconds(will["delay"] as number),
  };
}

export function subscriptionRequest(options: OptionValues): SubscriptionRequest {
  return {
    filter: options["filter"] as string,
    qos: options["qos"] as number,
    noLocal: options["noLocal"] === true,
    retainAsPublished: options["retainAsPublished"] === true,
    retainHandling: (options["retainHandling"] as number | undefined) ?? 0,
  };
}

/** The options themselves, which have the same fields: a fleet of clients does not need them twice. */
export function subscriptionRequests(options: OptionValues): readonly SubscriptionRequest[] {
  return options["subscribe"] as unknown as readonly SubscriptionRequest[];
}

/** The last configuration made, shared with clients that are set up alike: a fleet has one. */
export class SharedConfig {
  #last: ClientConfig | undefined;

  of(config: ClientConfig): ClientConfig {
    const last = this.#last;
    if (last !== undefined && isSame(last, config)) return last;
    this.#last = config;
    return config;
  }
}

/** Whether two objects have the same fields with the same values, down to objects in them. */
function isSame(one: object, other: object): boolean {
  const others: Readonly<Record<string, unknown>> = { ...other };
  return Object.entries(one).every(([key, value]: [string, unknown]) => {
    const its = others[key];
    return value === its || (isObject(value) && isObject(its) && isSame(value, its));
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
