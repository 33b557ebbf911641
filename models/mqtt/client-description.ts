/** The client's options, activities, metrics and gauges, as data. */
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type {
  ActivityDescription,
  MetricDescription,
  OptionDescription,
  RoleDescription,
} from "../../src/model/index.js";
import { MQTT_JS_5 } from "./profiles/mqtt.js-5.js";
import { QUEUE_OPTIONS, RETRY_OPTION } from "./shared-options.js";

const TOPIC: OptionDescription = {
  name: "topic",
  kind: "text",
  pattern: "^[^+#\\u0000]+$",
  patternHelp: "a topic name: not empty, without the wildcards + and #",
  summary: "The topic name.",
};

const FILTER: OptionDescription = {
  name: "filter",
  kind: "text",
  pattern: "^(?!\\$share/)(\\+|[^+#/\\u0000]*)(/(\\+|[^+#/\\u0000]*))*(/#)?$|^#$",
  patternHelp: "a topic filter: + stands for one whole level, # for all levels at the end",
  summary: "The topic filter.",
};

const QOS: OptionDescription = {
  name: "qos",
  kind: "choice",
  choices: [0, 1, 2],
  default: 0,
  summary: "Quality of service: 0 at most once, 1 at least once, 2 exactly once.",
};

const SUBSCRIPTION: readonly OptionDescription[] = [
  FILTER,
  { ...QOS, summary: "The highest quality of service wanted." },
  {
    name: "noLocal",
    kind: "boolean",
    default: false,
    summary: "Do not send the client's own messages back (version 5).",
    source: "MQTT 5.0 §3.8.3.1",
  },
  {
    name: "retainAsPublished",
    kind: "boolean",
    default: false,
    summary: "Deliver with RETAIN as it was published (version 5).",
    source: "MQTT 5.0 §3.8.3.1",
  },
  {
    name: "retainHandling",
    kind: "choice",
    choices: [0, 1, 2],
    default: 0,
    summary: "Send retained messages 0 always, 1 for a new subscription only, 2 never (version 5).",
    source: "MQTT 5.0 §3.8.3.1",
  },
];

const PAYLOAD: OptionDescription = {
  name: "payload",
  kind: "size",
  min: 0,
  max: 268_000_000,
  default: 16,
  summary: "Bytes of the payload.",
};

const RETAIN: OptionDescription = {
  name: "retain",
  kind: "boolean",
  default: false,
  summary: "Ask the broker to keep it as the topic's retained message.",
};

const SESSION_OPTIONS: readonly OptionDescription[] = [
  {
    name: "version",
    kind: "choice",
    choices: ["3.1.1", 5],
    default: 5,
    summary: "Version of the protocol.",
  },
  {
    name: "clientId",
    kind: "text",
    optional: true,
    summary:
      "Client identifier; the node's name if left out. Two nodes with one identifier take each other over.",
  },
  {
    name: "cleanStart",
    kind: "boolean",
    default: true,
    summary: "Begin every connection with a new session (Clean Session in 3.1.1).",
    source: "MQTT.js (clean); mosquitto_pub and mosquitto_sub unless -c is given",
  },
  {
    name: "sessionExpiry",
    kind: "duration",
    min: 0,
    never: true,
    default: 0,
    summary: "How long the session outlives its connection, in whole seconds (version 5).",
    source: "MQTT 5.0 §3.1.2.11.2",
  },
  {
    name: "persistence",
    kind: "boolean",
    default: false,
    summary: "The client's half of the session survives a crash of its process.",
    source: "MQTT.js keeps it in memory",
  },
  {
    name: "unknownSession",
    kind: "choice",
    choices: ["resume", "restart"],
    default: "resume",
    summary:
      "A session that only the broker remembers is taken up, or ended by a clean start as 5.0 demands.",
    source: "MQTT.js (lib/client.ts, _onConnect) takes it up",
  },
  {
    name: "republish",
    kind: "boolean",
    default: true,
    summary: "Publish again, as new, what was in flight when the session was lost. Otherwise it fails.",
    source: "MQTT.js (lib/client.ts, _onConnect) sends its store again on every connection",
  },
];

const CONNECTION_OPTIONS: readonly OptionDescription[] = [
  {
    name: "keepAlive",
    kind: "duration",
    min: 0,
    max: 65_535 * SECOND,
    default: 60 * SECOND,
    summary: "Longest silence before PINGREQ, in whole seconds; 0 turns it off.",
    source: "MQTT.js and the mosquitto clients",
  },
  {
    name: "pingRestartsOn",
    kind: "choice",
    choices: ["traffic", "acknowledgements"],
    default: "traffic",
    summary:
      "What the keep alive counts from: whatever was sent and heard, or acknowledgements heard (SUBACK, UNSUBACK and PINGRESP among them).",
    source: "MQTT 5.0 §3.1.2.10",
  },
  {
    name: "pingTimeout",
    kind: "duration",
    min: MILLISECOND,
    optional: true,
    summary: "How long to wait for PINGRESP; half the keep alive if left out.",
    source: "MQTT.js",
  },
  {
    name: "connackTimeout",
    kind: "duration",
    min: MILLISECOND,
    default: 30 * SECOND,
    summary: "How long an attempt to connect may take, from opening the channel to CONNACK.",
    source: "MQTT.js (connectTimeout)",
  },
  {
    name: "reconnect",
    kind: "boolean",
    default: true,
    summary: "Connect again after the connection was lost.",
  },
  {
    name: "reconnectDelay",
    kind: "duration",
    min: MILLISECOND,
    default: SECOND,
    summary: "Wait before connecting again. It doubles with each attempt that fails.",
    source: "MQTT.js (reconnectPeriod)",
  },
  {
    name: "reconnectDelayMax",
    kind: "duration",
    min: MILLISECOND,
    default: SECOND,
    summary: "Where the doubling ends; equal to reconnectDelay for a constant wait.",
    source: "MQTT.js does not double",
  },
  {
    name: "reconnectJitter",
    kind: "probability",
    default: 0,
    summary: "The wait is drawn evenly from its last part: 0 none of it, 1 all of it.",
  },
  {
    name: "autoConnect",
    kind: "boolean",
    default: true,
    summary: "Connect when the process starts; otherwise the workload does.",
  },
];

const FLOW_OPTIONS: readonly OptionDescription[] = [
  {
    name: "receiveMaximum",
    kind: "count",
    min: 1,
    max: 65_535,
    default: 65_535,
    summary: "Unfinished QoS 1 and 2 messages that the client allows the broker (version 5).",
    source: "MQTT 5.0 §3.1.2.11.3",
  },
  {
    name: "maxInflight",
    kind: "count",
    min: 1,
    max: 65_000,
    default: 65_000,
    summary: "Unfinished QoS 1 and 2 messages towards the broker, if that allows as many.",
    source: "MQTT.js has no limit of its own",
  },
  {
    name: "heedsReceiveMaximum",
    kind: "boolean",
    default: true,
    summary: "Keep to the receive maximum that the broker announces (version 5).",
    source: "MQTT 5.0 §3.3.4",
  },
  {
    name: "resend",
    kind: "choice",
    choices: ["together", "one-by-one"],
    default: "together",
    summary:
      "How messages that were unfinished or waiting go out on a new connection: as the window allows, or each at the end of the one before, with new messages behind them.",
    source: "MQTT 5.0 §4.4",
  },
  ...QUEUE_OPTIONS,
];

const METRICS: readonly MetricDescription[] = [
  { name: "mqtt_connects", unit: "", over: "sum", summary: "CONNACKs that clients accepted." },
  {
    name: "mqtt_caught_up",
    unit: "",
    over: "sum",
    summary:
      "Connections on which nothing was left any more of what had to go one by one (MQTT.js reports `connect` then).",
  },
  {
    name: "mqtt_sessions_resumed",
    unit: "",
    over: "sum",
    summary: "Connections that took up a session of before.",
  },
  { name: "mqtt_packets_dup", unit: "", over: "sum", summary: "PUBLISH packets that were sent again." },
  {
    name: "mqtt_queue_dropped",
    unit: "",
    over: "sum",
    summary: "Messages dropped because a queue was full.",
  },
  { name: "mqtt_pings", unit: "", over: "sum", summary: "PINGREQs sent." },
];

const ACTIVITIES: readonly ActivityDescription[] = [
  {
    name: "publish",
    summary: "Publish a message. Over when it is acknowledged, has failed, or at QoS 0 is sent.",
    options: [TOPIC, QOS, PAYLOAD, RETAIN],
  },
  { name: "subscribe", summary: "Subscribe. Over when it is confirmed.", options: SUBSCRIPTION },
  { name: "unsubscribe", summary: "End a subscription. Over when it is confirmed.", options: [FILTER] },
  {
    name: "disconnect",
    summary: "Say goodbye and stay away.",
    options: [
      {
        name: "withWill",
        kind: "boolean",
        default: false,
        summary: "Have the broker publish the will (version 5).",
        source: "MQTT 5.0 §3.14.2.1, reason code 0x04",
      },
    ],
  },
  { name: "connect", summary: "Connect, after a disconnect or where autoConnect is off.", options: [] },
];

export const CLIENT: RoleDescription = {
  name: "client",
  summary: "An MQTT client: publishes, subscribes, keeps its session and reconnects.",
  options: [
    { name: "broker", kind: "node", role: "mqtt.broker", summary: "The broker to connect to." },
    {
      name: "subscribe",
      kind: "list",
      default: [],
      summary: "Subscriptions that the application makes when it starts.",
      of: { name: "subscription", kind: "record", summary: "A subscription.", fields: SUBSCRIPTION },
    },
    {
      name: "will",
      kind: "record",
      optional: true,
      summary: "The message that the broker publishes should the client vanish.",
      fields: [
        TOPIC,
        QOS,
        PAYLOAD,
        RETAIN,
        {
          name: "delay",
          kind: "duration",
          min: 0,
          default: 0,
          summary: "How long the broker waits for the client to return, in whole seconds (version 5).",
          source: "MQTT 5.0 §3.1.3.2.2",
        },
      ],
    },
    ...SESSION_OPTIONS,
    ...CONNECTION_OPTIONS,
    ...FLOW_OPTIONS,
    RETRY_OPTION,
  ],
  profiles: [MQTT_JS_5],
  activities: ACTIVITIES,
  metrics: METRICS,
  gauges: [
    { name: "mqtt_inflight", unit: "", over: "sum", summary: "QoS 1 and 2 exchanges that are not finished." },
    {
      name: "mqtt_queued",
      unit: "",
      over: "sum",
      summary: "Messages that wait for the window or a connection.",
    },
  ],
};
