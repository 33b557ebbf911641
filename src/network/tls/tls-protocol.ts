/**
 * One end of TLS as round trips and record bytes: who sends what when, and from when on the program may send.
 * Nothing is encrypted and nobody is deceived; certificates are always accepted.
 */
import type { Instant } from "../../kernel/index.js";
import type { Content } from "../../trace/index.js";
import type { LayerProtocol, LayerSink } from "../layered-channel.js";
import type { TlsSpec } from "../spec.js";
import {
  clientFinished,
  clientHello,
  Flight,
  newSessionTicket,
  serverFinished,
  serverHello,
} from "./flight.js";
import { ApplicationData, Batch, CloseNotify } from "./record.js";

/** Bytes that a client may send before the server has spoken: OpenSSL's recv_max_early_data. */
const EARLY_DATA_MAX = 16_384;

/** Tickets that a server of TLS 1.3 hands out: OpenSSL's num_tickets, and one in place of the one just used. */
const TICKETS_AFTER_FULL = 2;
const TICKETS_AFTER_RESUMED = 1;

export type TlsRole = "client" | "server";

/** How far a handshake has come, as one end sees it. */
type Phase =
  /** Before the other end has spoken. */
  | "hello"
  /** It has, and this end waits for the rest. */
  | "finishing"
  | "established";

export class TlsProtocol implements LayerProtocol {
  readonly #role: TlsRole;
  readonly #spec: TlsSpec;
  readonly #sink: LayerSink;
  #phase: Phase = "hello";
  /** What this end has to say during one step of the handshake: handed over in one piece. */
  #batch: Content[] | undefined;
  /** Early data that may still be sent; what exceeds it waits for the handshake. */
  #earlyRoom = EARLY_DATA_MAX;
  #held: ApplicationData[] = [];
  /** The program has ended the channel while early data was held back. */
  #closing = false;

  constructor(role: TlsRole, spec: TlsSpec, sink: LayerSink) {
    this.#role = role;
    this.#spec = spec;
    this.#sink = sink;
  }

  get heldBytes(): number {
    return this.#held.reduce((sum, { content }) => sum + content.bytes, 0);
  }

  begin(now: Instant): void {
    if (this.#role === "server") return;
    this.#inOnePiece(() => {
      this.#write(clientHello(this.#spec));
      if (this.#spec.earlyData) this.#sink.opened(now);
    });
  }

  received(content: Content, now: Instant): void {
    if (content instanceof ApplicationData) this.#sink.deliver(content.content, now);
    else if (content instanceof CloseNotify) this.#answerClose();
    else this.#inOnePiece(() => this.#handshake(content, now));
  }

  send(content: Content, payloadBytes: number): void {
    const data = new ApplicationData(this.#spec.version, content, payloadBytes);
    if (this.#role === "client" && this.#phase !== "established") {
      // What comes later must not overtake what is held back.
      if (this.#held.length > 0 || content.bytes > this.#earlyRoom) {
        this.#held.push(data);
        return;
      }
      this.#earlyRoom -= content.bytes;
    }
    this.#write(data);
  }

  close(): void {
    if (this.#held.length > 0) {
      this.#closing = true;
      return;
    }
    this.#write(new CloseNotify(this.#spec.version));
    this.#flush();
    this.#sink.finish();
  }

  #handshake(content: Content, now: Instant): void {
    if (content instanceof Batch) for (const part of content.contents) this.received(part, now);
    else if (!(content instanceof Flight)) throw new Error("the other end does not speak TLS");
    else if (this.#role === "client") this.#serverSaid(content, now);
    else this.#clientSaid(content, now);
  }

  #serverSaid(flight: Flight, now: Instant): void {
    const { version, resumed, earlyData } = this.#spec;
    if (flight.name === "ServerHello") {
      this.#phase = "finishing";
      this.#write(clientFinished(this.#spec));
      // A full handshake of 1.2 has another round trip [RFC 5246 §7.3]; in the others, the client is last.
      if (version === "1.2" && !resumed) return;
    } else if (this.#phase === "established") {
      return; // a ticket for later
    }
    this.#phase = "established";
    for (const data of this.#held.splice(0)) this.#write(data);
    if (!earlyData) this.#sink.opened(now);
    else if (this.#closing) this.close();
  }

  #clientSaid(flight: Flight, now: Instant): void {
    const { version, resumed, earlyData } = this.#spec;
    if (flight.name === "ClientHello") {
      this.#phase = "finishing";
      this.#write(serverHello(this.#spec));
      if (earlyData) this.#sink.opened(now);
      return;
    }
    this.#phase = "established";
    if (version === "1.3") {
      const tickets = resumed ? TICKETS_AFTER_RESUMED : TICKETS_AFTER_FULL;
      for (let ticket = 0; ticket < tickets; ticket++) this.#write(newSessionTicket(this.#spec));
    } else if (!resumed) {
      this.#write(serverFinished(this.#spec));
    }
    if (!earlyData) this.#sink.opened(now);
  }

  /** Each end says that it ends [RFC 8446 §6.1]. The end of the channel below follows and is what the program hears. */
  #answerClose(): void {
    this.#write(new CloseNotify(this.#spec.version));
  }

  #write(content: Content): void {
    if (this.#batch !== undefined) this.#batch.push(content);
    else this.#sink.write(content, payloadOf(content));
  }

  /** What `step` writes goes out together: libraries empty their buffer when there is nothing left to read. */
  #inOnePiece(step: () => void): void {
    if (this.#batch !== undefined) return step();
    this.#batch = [];
    step();
    this.#flush();
  }

  #flush(): void {
    const batch = this.#batch ?? [];
    this.#batch = undefined;
    const [first] = batch;
    if (first === undefined) return;
    const whole = batch.length === 1 ? first : new Batch(batch);
    this.#sink.write(
      whole,
      batch.reduce((sum, content) => sum + payloadOf(content), 0),
    );
  }
}

function payloadOf(content: Content): number {
  return content instanceof ApplicationData ? content.payloadBytes : 0;
}
