/** A WebSocket connection as a layer of channels: each content of the program is a binary message. */
import type { Instant } from "../../kernel/index.js";
import type { Content } from "../../trace/index.js";
import type { LayerProtocol, LayerSink } from "../layered-channel.js";
import type { WebSocketSpec } from "../spec.js";
import { WebSocketEndpoint, type WebSocketRole, type WebSocketSink } from "./endpoint.js";

export class WebSocketProtocol implements LayerProtocol, WebSocketSink {
  readonly heldBytes = 0;
  readonly #role: WebSocketRole;
  readonly #sink: LayerSink;
  readonly #endpoint: WebSocketEndpoint;

  constructor(role: WebSocketRole, spec: WebSocketSpec, sink: LayerSink) {
    this.#role = role;
    this.#sink = sink;
    this.#endpoint = new WebSocketEndpoint(role, spec, this);
  }

  // LayerProtocol

  begin(_now: Instant): void {
    this.#endpoint.begin();
  }

  received(content: Content, now: Instant): void {
    this.#endpoint.received(content, now);
  }

  send(content: Content, payloadBytes: number): void {
    this.#endpoint.send("binary", content, payloadBytes);
  }

  close(): void {
    this.#endpoint.close();
  }

  // WebSocketSink

  write(content: Content, payloadBytes: number): void {
    this.#sink.write(content, payloadBytes);
  }

  opened(_subprotocol: string | undefined, now: Instant): void {
    this.#sink.opened(now);
  }

  message(message: Content, _kind: string, now: Instant): void {
    this.#sink.deliver(message, now);
  }

  ponged(): void {
    // Channels know no heartbeats.
  }

  /** A client hears of the end when the server has closed the connection below. */
  closed(code: number | undefined, now: Instant): void {
    if (code === undefined) this.#sink.ended("refused", now);
    else if (this.#role === "server") this.#sink.ended("peer-closed", now);
  }

  closeBelow(): void {
    this.#sink.finish();
  }
}
