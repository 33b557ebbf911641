/**
 * One end of a WebSocket connection: opening handshake, messages, heartbeats, closing handshake [RFC 6455]. A
 * machine: what it has to say goes to its sink, frames are objects with sizes.
 */
import type { Instant } from "../../kernel/index.js";
import type { Content } from "../../trace/index.js";
import type { WebSocketSpec } from "../spec.js";
import { CLOSE_CODE } from "./close-code.js";
import {
  closeFrame,
  CONTROL_PAYLOAD_MAX,
  Frame,
  heartbeatFrame,
  isControl,
  MessageFrame,
  type MessageKind,
  messageFrames,
} from "./frame.js";
import {
  opensConnection,
  switchingProtocols,
  UpgradeRequest,
  UpgradeResponse,
  upgradeRequired,
  WEBSOCKET_VERSION,
} from "./opening-handshake.js";

export type WebSocketRole = "client" | "server";

export type WebSocketState =
  | "connecting"
  | "open"
  /** This end has sent a Close frame and waits for the other's. */
  | "closing"
  | "closed";

export interface WebSocketSink {
  /** Sends on the connection below; of the bytes of `content`, `payloadBytes` come from a program. */
  write(content: Content, payloadBytes: number): void;
  opened(subprotocol: string | undefined, now: Instant): void;
  message(message: Content, kind: MessageKind, now: Instant): void;
  /** A Pong with that many bytes has arrived: the answer to a Ping, or unasked for. */
  ponged(payload: number, now: Instant): void;
  /** It is over, with the code that this end has observed [RFC 6455 §7.1.5]; not opened at all if undefined. */
  closed(code: number | undefined, now: Instant): void;
  /** The connection below is to be closed by this end. */
  closeBelow(): void;
}

export class WebSocketEndpoint {
  state: WebSocketState = "connecting";
  readonly #role: WebSocketRole;
  readonly #spec: WebSocketSpec;
  readonly #sink: WebSocketSink;
  #request: UpgradeRequest | undefined;
  /** The message of which fragments have arrived, and not the last. */
  #unfinished: { readonly message: Content; readonly kind: MessageKind } | undefined;

  constructor(role: WebSocketRole, spec: WebSocketSpec, sink: WebSocketSink) {
    this.#role = role;
    this.#spec = spec;
    this.#sink = sink;
  }

  /** The connection below is open: the client asks. */
  begin(): void {
    if (this.#role === "server") return;
    const { subprotocol } = this.#spec;
    this.#request = new UpgradeRequest(this.#spec, subprotocol === undefined ? [] : [subprotocol]);
    this.#sink.write(this.#request, 0);
  }

  /** Sends a message; only while open. Of its bytes, `payloadBytes` come from a program. */
  send(kind: MessageKind, message: Content, payloadBytes: number): void {
    if (this.state !== "open") return;
    const frames = messageFrames(kind, message, this.#masks(), this.#spec.frameMax);
    frames.forEach((frame, index) => this.#sink.write(frame, index === 0 ? payloadBytes : 0));
  }

  /** Asks whether the other end is there [RFC 6455 §5.5.2]. Throws when `payload` is above 125 bytes. */
  ping(payload: number): void {
    if (this.state === "open") this.#sink.write(heartbeatFrame("ping", payload, this.#masks()), 0);
  }

  /** Begins the closing handshake. Throws for a code that is never sent, or a reason that does not fit. */
  close(code: number = CLOSE_CODE.normal, reasonBytes: number = 0): void {
    if (this.state !== "open") return;
    this.#sink.write(closeFrame(code, reasonBytes, this.#masks()), 0);
    this.state = "closing";
  }

  /** Something has arrived on the connection below. */
  received(content: Content, now: Instant): void {
    if (this.state === "closed") return;
    if (content instanceof Frame && this.state !== "connecting") this.#frame(content, now);
    else if (content instanceof UpgradeResponse && this.#request !== undefined) {
      this.#answered(content, this.#request, now);
    } else if (content instanceof UpgradeRequest && this.#role === "server") this.#asked(content, now);
    else throw new Error("the other end does not speak WebSocket");
  }

  /** The connection below has ended. */
  belowClosed(now: Instant): void {
    if (this.state === "closed") return;
    const opened = this.state !== "connecting";
    this.state = "closed";
    this.#sink.closed(opened ? CLOSE_CODE.abnormal : undefined, now);
  }

  /** A client masks, a server does not [RFC 6455 §5.1]. */
  #masks(): boolean {
    return this.#role === "client";
  }

  #asked(request: UpgradeRequest, now: Instant): void {
    if (request.version !== WEBSOCKET_VERSION) {
      this.#sink.write(upgradeRequired(request), 0);
      this.#refuse(now);
      return;
    }
    const { subprotocol } = this.#spec;
    const chosen = request.subprotocols.find((offered) => offered === subprotocol);
    this.#sink.write(switchingProtocols(request, chosen), 0);
    this.#open(chosen, now);
  }

  #answered(response: UpgradeResponse, request: UpgradeRequest, now: Instant): void {
    if (opensConnection(response, request)) this.#open(response.subprotocol, now);
    else this.#refuse(now);
  }

  #open(subprotocol: string | undefined, now: Instant): void {
    this.state = "open";
    this.#sink.opened(subprotocol, now);
  }

  #refuse(now: Instant): void {
    this.state = "closed";
    this.#sink.closeBelow();
    this.#sink.closed(undefined, now);
  }

  #frame(frame: Frame, now: Instant): void {
    const { opcode, payload, code } = frame.fields;
    if (!this.#isLegal(frame)) this.#fail(CLOSE_CODE.protocolError, now);
    else if (opcode === "close") this.#closeArrived(code, now);
    else if (opcode === "ping") this.#sink.write(heartbeatFrame("pong", payload, this.#masks()), 0);
    else if (opcode === "pong") this.#sink.ponged(payload, now);
    else this.#fragment(frame, now);
  }

  #isLegal(frame: Frame): boolean {
    const { fields } = frame;
    if (fields.masked === this.#masks()) return false; // [RFC 6455 §5.1]
    if (isControl(fields)) return fields.final && fields.payload <= CONTROL_PAYLOAD_MAX; // [RFC 6455 §5.5]
    // Fragments of two messages never mix [RFC 6455 §5.4].
    return frame instanceof MessageFrame === (this.#unfinished === undefined);
  }

  #fragment(frame: Frame, now: Instant): void {
    if (frame instanceof MessageFrame) {
      const kind = frame.fields.opcode === "text" ? "text" : "binary";
      this.#unfinished = { message: frame.message, kind };
    }
    const whole = this.#unfinished;
    if (!frame.fields.final || whole === undefined) return;
    this.#unfinished = undefined;
    this.#sink.message(whole.message, whole.kind, now);
  }

  /** The other end closes, or answers the Close of this one [RFC 6455 §5.5.1]. */
  #closeArrived(code: number | undefined, now: Instant): void {
    if (this.state === "open") this.#sink.write(closeFrame(code, 0, this.#masks()), 0);
    this.#end(code ?? CLOSE_CODE.noCode, now);
  }

  /** The other end has broken the rules [RFC 6455 §7.1.7]. */
  #fail(code: number, now: Instant): void {
    if (this.state === "open") this.#sink.write(closeFrame(code, 0, this.#masks()), 0);
    this.state = "closed";
    this.#sink.closeBelow();
    this.#sink.closed(code, now);
  }

  /** The server closes the connection below first, so that it is the one to wait in TIME-WAIT [RFC 6455 §7.1.1]. */
  #end(code: number, now: Instant): void {
    this.state = "closed";
    if (this.#role === "server") this.#sink.closeBelow();
    this.#sink.closed(code, now);
  }
}
