/** What a cell changes about client and broker: options of the simulator from those of MQTT.js and mosquitto. */
import type { Fields } from "./fields.js";
import type { MeasuredCell } from "./measured-cell.js";

type Options = Record<string, unknown>;

/** Options of MQTT.js, as its `connect` takes them. Throws on one that is not known. */
export function clientOptions(given: Fields | undefined): Options {
  if (given === undefined) return {};
  const options: Options = {};
  const version = given.number("protocolVersion");
  if (version !== undefined) options["version"] = version === 5 ? 5 : "3.1.1";
  const reconnect = given.number("reconnectPeriod");
  if (reconnect !== undefined) {
    options["reconnectDelay"] = `${reconnect} ms`;
    options["reconnectDelayMax"] = `${reconnect} ms`;
  }
  const connect = given.number("connectTimeout");
  if (connect !== undefined) options["connackTimeout"] = `${connect} ms`;
  const queue = given.boolean("queueQoSZero");
  if (queue !== undefined) options["queueQos0"] = queue;
  const properties = given.record("properties");
  const expiry = properties?.number("sessionExpiryInterval");
  if (expiry !== undefined) options["sessionExpiry"] = `${expiry} s`;
  const maximum = properties?.number("receiveMaximum");
  if (maximum !== undefined) options["receiveMaximum"] = maximum;
  properties?.end();
  given.ignore("resubscribe", "protocolId");
  given.end();
  return options;
}

/** Lines of mosquitto.conf. Throws on one that is not known. */
export function brokerOptions({ cell, brokerConf }: MeasuredCell): Options {
  const options: Options = {};
  for (const line of brokerConf ?? []) {
    const [name = "", value = ""] = line.trim().split(/\s+/);
    const reader = BROKER_LINES[name];
    if (reader === undefined) {
      throw new Error(
        `${cell}: brokerConf: unknown ${name}; known are ${Object.keys(BROKER_LINES).join(", ")}`,
      );
    }
    Object.assign(options, reader(value));
  }
  return options;
}

const BROKER_LINES: Readonly<Record<string, (value: string) => Options>> = {
  // 0 stands for no limit.
  max_inflight_messages: (value) =>
    value === "0"
      ? { maxInflight: 65_000, receiveMaximum: 65_535 }
      : { maxInflight: Number(value), receiveMaximum: Number(value) },
  max_queued_messages: (value) => ({ maxQueued: value === "0" ? "unlimited" : Number(value) }),
  queue_qos0_messages: (value) => ({ queueQos0: value === "true" }),
  persistence: (value) => ({ persistence: value === "true" }),
  set_tcp_nodelay: (value) =>
    value === "true" ? { transport: { kind: "tcp", nagle: false } } : { transport: "tcp" },
};
