/**
 * Conversations: text in which lines that begin with `>` tell a machine something, and the lines below each
 * are what it then asks for. `#` begins a comment.
 */
import type { OptionValue, OptionValues } from "../../../src/model/index.js";
import { brokerConfig } from "../../../models/mqtt/broker-options.js";
import { BROKER } from "../../../models/mqtt/broker-description.js";
import { BROKER_TIMER } from "../../../models/mqtt/broker-sink.js";
import { Broker } from "../../../models/mqtt/broker.js";
import { CLIENT } from "../../../models/mqtt/client-description.js";
import { clientConfig } from "../../../models/mqtt/client-options.js";
import { CLIENT_TIMER } from "../../../models/mqtt/client-sink.js";
import { Client } from "../../../models/mqtt/client.js";
import { publishBytes, publishFlags } from "../../../models/mqtt/packets/publish.js";
import { utf8Bytes } from "../../../models/mqtt/packets/wire-size.js";
import { SPECIFIED } from "../../../models/mqtt/rules.js";
import { PacketWriter, request } from "./packet-words.js";
import { Recorder } from "./recorder.js";
import { RecordingBrokerSink, RecordingClientSink } from "./recording-sinks.js";
import { completeOptions } from "../../complete-options.js";

interface Party {
  tell(words: readonly string[], now: number): void;
  heard(): string[];
}

/** The conversation with what the machines say now. Throws on a line that it does not understand. */
export function replay(text: string): string {
  const lines: string[] = [];
  let party: Party | undefined;
  let now = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("#") || line.trim() === "") lines.push(line);
    if (!line.startsWith("> ")) continue;
    lines.push(line);
    const words = line.slice(2).split(" ");
    if (words[0] === "client") party = new ClientParty(words.slice(1));
    else if (words[0] === "broker") party = new BrokerParty(words.slice(1));
    else if (words[0] === "wait") now += Number(words[1]) * 1e9;
    else if (party === undefined) throw new Error(`nobody to tell: ${line}`);
    else party.tell(words, now);
    lines.push(...(party?.heard() ?? []));
  }
  return `${lines
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}

class ClientParty implements Party {
  readonly #sink = new RecordingClientSink();
  readonly #recorder = new Recorder();
  readonly #machine: Client;
  readonly #writer: PacketWriter;
  readonly #version: 4 | 5;

  constructor(words: readonly string[]) {
    const { filter, ...given } = optionsIn(words);
    const options = completeOptions(CLIENT.options, { broker: "broker", ...given });
    const config = clientConfig(options, SPECIFIED);
    this.#version = config.version;
    this.#writer = new PacketWriter(config.version, this.#recorder);
    const wanted = filter === undefined ? [] : [request(filter as string, 1)];
    this.#machine = new Client(this.#sink, config, wanted);
  }

  tell(words: readonly string[], now: number): void {
    const [verb = "", ...rest] = words;
    switch (verb) {
      case "connect":
        return this.#machine.connect(now);
      case "disconnect":
        return this.#machine.disconnect(false, now);
      case "opened":
        return this.#machine.channelOpened(rest[0] === "datagram", now);
      case "closed":
        return this.#machine.channelClosed(now);
      case "crash":
        return this.#machine.crashed(now);
      case "receive":
        return this.#machine.received(this.#writer.packet(rest, 9), now);
      case "timer":
        return this.#machine.timerFired(CLIENT_TIMER[rest[0] as keyof typeof CLIENT_TIMER], now);
      case "subscribe":
        return this.#machine.subscribe(request(rest[0] ?? "", Number(rest[1]?.slice(1))), undefined, now);
      case "publish":
        return this.#publish(rest[0] ?? "", Number(rest[1]?.slice(1)), now);
      default:
        throw new Error(`a client cannot be told to ${words.join(" ")}`);
    }
  }

  heard(): string[] {
    return this.#sink.take();
  }

  #publish(topic: string, qos: number, now: number): void {
    const message = this.#recorder.publish(0, topic, qos, 8, false, now);
    const bytes = publishBytes(this.#version, utf8Bytes(topic), qos, 8);
    this.#machine.publish(message, publishFlags(qos, false, false), bytes, undefined, now);
  }
}

class BrokerParty implements Party {
  readonly #sink = new RecordingBrokerSink();
  readonly #machine: Broker;
  readonly #writer: PacketWriter;

  constructor(words: readonly string[]) {
    // The version is the client's to say.
    const { version, ...given } = optionsIn(words);
    const config = brokerConfig(completeOptions(BROKER.options, given), SPECIFIED);
    this.#machine = new Broker(this.#sink, config);
    this.#writer = new PacketWriter(version === "3.1.1" ? 4 : 5, new Recorder());
  }

  tell(words: readonly string[], now: number): void {
    const [verb = "", ...rest] = words;
    const connection = Number(rest[0]);
    switch (verb) {
      case "start":
        return this.#machine.start(now);
      case "crash":
        return this.#machine.crashed();
      case "opened":
        return this.#machine.connectionOpened(connection, connection + 1, rest[1] === "datagram", now);
      case "closed":
        return this.#machine.connectionClosed(connection, now);
      case "receive":
        return this.#machine.received(connection, this.#writer.packet(rest.slice(1), connection + 1), now);
      case "timer": {
        const kind = BROKER_TIMER[rest[0] as keyof typeof BROKER_TIMER];
        return this.#machine.timerFired(kind, Number(rest[1]), now);
      }
      default:
        throw new Error(`a broker cannot be told to ${words.join(" ")}`);
    }
  }

  heard(): string[] {
    return this.#sink.take();
  }
}

/** `keepAlive=10s` is ten seconds; other values are numbers, truth values or text. */
function optionsIn(words: readonly string[]): OptionValues {
  const options: Record<string, OptionValue> = {};
  for (const word of words) {
    const [name = "", text = ""] = word.split("=");
    options[name] = valueOf(text);
  }
  return options;
}

function valueOf(text: string): OptionValue {
  if (/^\d+s$/.test(text)) return Number(text.slice(0, -1)) * 1e9;
  if (/^\d+$/.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}
