/** Frames of WebSocket as objects with sizes [RFC 6455 §5]. */
import type { Content, ContentDescription } from "../../trace/index.js";
import { mayBeSent } from "./close-code.js";

export type MessageKind = "text" | "binary";
export type Opcode = MessageKind | "continuation" | "close" | "ping" | "pong";

/** Payload of a control frame at most [RFC 6455 §5.5]. */
export const CONTROL_PAYLOAD_MAX = 125;

/** Lengths up to this stand in the first two bytes, up to the next in two more, beyond in eight [RFC 6455 §5.2]. */
const LENGTH_IN_7_BITS = 125;
const LENGTH_IN_16_BITS = 65_535;
const MASKING_KEY = 4;
const CLOSE_CODE = 2;

/** Bytes in front of a payload. */
export function frameHeaderBytes(payload: number, masked: boolean): number {
  const length = payload <= LENGTH_IN_7_BITS ? 2 : payload <= LENGTH_IN_16_BITS ? 4 : 10;
  return length + (masked ? MASKING_KEY : 0);
}

export interface FrameFields {
  readonly opcode: Opcode;
  /** The last of its message; a control frame is always whole. */
  readonly final: boolean;
  /** As every frame of a client is, and none of a server [RFC 6455 §5.1]. */
  readonly masked: boolean;
  /** Bytes of payload. */
  readonly payload: number;
  /** Of a Close frame, if it holds one. */
  readonly code?: number;
}

export class Frame implements Content {
  readonly fields: FrameFields;
  readonly bytes: number;

  constructor(fields: FrameFields) {
    this.fields = fields;
    this.bytes = frameHeaderBytes(fields.payload, fields.masked) + fields.payload;
  }

  describe(): ContentDescription {
    const { opcode, payload, code } = this.fields;
    const detail = code === undefined ? `${payload} B` : String(code);
    return { protocol: "websocket", name: NAMES[opcode], detail, again: false };
  }
}

/** The frame that begins a message, and carries all of it unless there are continuations. */
export class MessageFrame extends Frame {
  readonly message: Content;

  constructor(fields: FrameFields, message: Content) {
    super(fields);
    this.message = message;
  }

  carried(): readonly Content[] {
    return [this.message];
  }
}

const NAMES: Readonly<Record<Opcode, string>> = {
  text: "Text",
  binary: "Binary",
  continuation: "Continuation",
  close: "Close",
  ping: "Ping",
  pong: "Pong",
};

export function isControl({ opcode }: FrameFields): boolean {
  return opcode === "close" || opcode === "ping" || opcode === "pong";
}

/** The frames of a message, with at most `payloadMax` bytes of payload each [RFC 6455 §5.4]. */
export function messageFrames(
  kind: MessageKind,
  message: Content,
  masked: boolean,
  payloadMax: number = Number.POSITIVE_INFINITY,
): readonly Frame[] {
  const { bytes } = message;
  const first = Math.min(bytes, payloadMax);
  const frames: Frame[] = [
    new MessageFrame({ opcode: kind, final: first === bytes, masked, payload: first }, message),
  ];
  for (let sent = first; sent < bytes;) {
    const payload = Math.min(bytes - sent, payloadMax);
    sent += payload;
    frames.push(new Frame({ opcode: "continuation", final: sent === bytes, masked, payload }));
  }
  return frames;
}

/** A Ping or Pong with that many bytes of payload. Throws when they are too many. */
export function heartbeatFrame(opcode: "ping" | "pong", payload: number, masked: boolean): Frame {
  return controlFrame({ opcode, final: true, masked, payload });
}

/**
 * A Close frame; without a code it is empty. Throws for a code that is never sent, and for a reason (in bytes)
 * that does not fit [RFC 6455 §5.5.1].
 */
export function closeFrame(code: number | undefined, reasonBytes: number, masked: boolean): Frame {
  if (code === undefined) return controlFrame({ opcode: "close", final: true, masked, payload: 0 });
  if (!mayBeSent(code)) throw new Error(`close code ${code} is never sent`);
  return controlFrame({ opcode: "close", final: true, masked, payload: CLOSE_CODE + reasonBytes, code });
}

function controlFrame(fields: FrameFields): Frame {
  if (fields.payload > CONTROL_PAYLOAD_MAX) {
    throw new Error(`a control frame holds at most ${CONTROL_PAYLOAD_MAX} bytes, not ${fields.payload}`);
  }
  return new Frame(fields);
}
