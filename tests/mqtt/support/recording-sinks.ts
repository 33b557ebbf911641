/** Sinks that write effects down as lines of text. */
import { type Instant, NEVER } from "../../../src/kernel/index.js";
import type { Content, Message, Will } from "../../../src/trace/index.js";
import { BROKER_TIMER, type BrokerSink } from "../../../models/mqtt/broker-sink.js";
import { CLIENT_TIMER, type ClientSink } from "../../../models/mqtt/client-sink.js";
import type { ControlPacket } from "../../../models/mqtt/packets/control-packet.js";
import type { Publish } from "../../../models/mqtt/packets/publish.js";
import { Recorder } from "./recorder.js";

export function inWords(content: Content): string {
  const { name, detail, again } = content.describe();
  return `${name}${again ? " again" : ""}${detail === "" ? "" : ` ${detail}`} (${content.bytes} bytes)`;
}

function seconds(at: Instant): string {
  return `${at / 1e9} s`;
}

function nameOf(kinds: Readonly<Record<string, number>>, kind: number): string {
  return Object.keys(kinds).find((name) => kinds[name] === kind) ?? `${kind}`;
}

function messageName({ stream, index }: Message): string {
  return `${stream.topic} ${index}`;
}

/** What every sink has in common. */
abstract class RecordingSink {
  readonly lines: string[] = [];
  readonly packets: ControlPacket[] = [];

  /** Effects since the last time. */
  take(): string[] {
    return this.lines.splice(0);
  }

  completed(publish: Publish): void {
    this.lines.push(`completed ${messageName(publish.message)}`);
  }

  abandoned(publish: Publish): void {
    this.lines.push(`abandoned ${messageName(publish.message)}`);
  }

  dropped(publish: Publish): void {
    this.lines.push(`dropped ${messageName(publish.message)}`);
  }

  repeated(): void {}
}

export class RecordingClientSink extends RecordingSink implements ClientSink {
  readonly clientId = "sensor";
  #sentAt: Instant = NEVER;
  #heardAt: Instant = NEVER;

  sent(now: Instant): void {
    this.#sentAt = now;
  }

  heard(now: Instant): void {
    this.#heardAt = now;
  }

  silentSince(): Instant {
    return Math.min(this.#sentAt, this.#heardAt);
  }

  send(_connection: number, packet: ControlPacket): void {
    this.packets.push(packet);
    this.lines.push(`send ${inWords(packet)}`);
  }

  open(): void {
    this.lines.push("open a channel");
  }

  close(): void {
    this.lines.push("close the channel");
  }

  abort(): void {
    this.lines.push("abort the channel");
  }

  setTimer(kind: number, at: Instant): void {
    this.lines.push(`set timer ${nameOf(CLIENT_TIMER, kind)} to ${seconds(at)}`);
  }

  setTimerWithin(kind: number, earliest: Instant, latest: Instant): void {
    const range = earliest === latest ? seconds(latest) : `${seconds(earliest)} to ${seconds(latest)}`;
    this.lines.push(`set timer ${nameOf(CLIENT_TIMER, kind)} to ${range}`);
  }

  /** After every connection: not worth a line. */
  caughtUp(): void {}

  cancelTimer(kind: number): void {
    this.lines.push(`cancel timer ${nameOf(CLIENT_TIMER, kind)}`);
  }

  setRetryTimer(_id: number, at: Instant): void {
    this.setTimer(CLIENT_TIMER.retry, at);
  }

  delivered(publish: Publish): void {
    this.lines.push(`deliver ${messageName(publish.message)}`);
  }

  /** The packet says it. */
  subscribing(): void {}

  pinging(): void {}

  subscribed(filter: string, grantedQos: number): void {
    this.lines.push(`subscribed to ${filter} q${grantedQos}`);
  }

  refused(filter: string, reasonCode: number): void {
    this.lines.push(`subscription to ${filter} refused 0x${reasonCode.toString(16)}`);
  }

  connected(resumed: boolean): void {
    this.lines.push(`connected, ${resumed ? "session resumed" : "new session"}`);
  }

  sessionEnds(at: Instant): void {
    this.lines.push(at > 9e15 ? "session never ends" : `session ends at ${seconds(at)}`);
  }
}

export class RecordingBrokerSink extends RecordingSink implements BrokerSink {
  readonly #recorder = new Recorder();

  send(connection: number, packet: ControlPacket): void {
    this.packets.push(packet);
    this.lines.push(`send to ${connection} ${inWords(packet)}`);
  }

  close(connection: number): void {
    this.lines.push(`close ${connection}`);
  }

  refused(publish: Publish): void {
    this.lines.push(`refused ${messageName(publish.message)}`);
  }

  setTimer(kind: number, id: number, at: Instant): void {
    this.lines.push(`set timer ${nameOf(BROKER_TIMER, kind)} ${id} to ${seconds(at)}`);
  }

  /** Most timers that are cancelled are not set: not worth a line. */
  cancelTimer(): void {}

  setRetryTimer(id: number, at: Instant): void {
    this.setTimer(BROKER_TIMER.retry, id, at);
  }

  willDeclared(node: number, will: Will | undefined): void {
    if (will !== undefined) this.lines.push(`node ${node} has a will for ${will.topic}`);
  }

  willDue(node: number, due: Instant): void {
    this.lines.push(`will of node ${node} due at ${seconds(due)}`);
  }

  willPublished(node: number, will: Will, now: Instant): Message {
    this.lines.push(`will of node ${node} published`);
    return this.#recorder.publish(node, will.topic, will.qos, will.payloadBytes, will.retain, now);
  }
}
