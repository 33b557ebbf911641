/** The opening handshake of WebSocket: an HTTP/1.1 request and its answer, exact to the byte [RFC 6455 §4]. */
import type { Content, ContentDescription } from "../../trace/index.js";
import type { WebSocketSpec } from "../spec.js";

/** Further header fields: names and values. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** A header field whose value only has a length. */
type Field = readonly [name: string, value: string | number];

/** Sixteen bytes in base64 [RFC 6455 §4.1]. */
const KEY = 24;
/** A SHA-1 in base64 [RFC 6455 §4.2.2]. */
const ACCEPT = 28;
export const WEBSOCKET_VERSION = 13;

export class UpgradeRequest implements Content {
  readonly path: string;
  readonly host: string;
  /** In order of preference. */
  readonly subprotocols: readonly string[];
  readonly version: number;
  readonly bytes: number;

  /** Throws when a text is not printable ASCII. */
  constructor(
    { path, host }: Pick<WebSocketSpec, "path" | "host">,
    subprotocols: readonly string[] = [],
    headers: Headers = [],
    version: number = WEBSOCKET_VERSION,
  ) {
    this.path = path;
    this.host = host;
    this.subprotocols = subprotocols;
    this.version = version;
    this.bytes = headBytes(`GET ${path} HTTP/1.1`, [
      ["Host", host],
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Key", KEY],
      ...subprotocolField(subprotocols.join(", ")),
      ["Sec-WebSocket-Version", String(version)],
      ...headers,
    ]);
  }

  describe(): ContentDescription {
    return { protocol: "websocket", name: "GET", detail: `${this.path} Upgrade: websocket`, again: false };
  }
}

export class UpgradeResponse implements Content {
  /** The request whose key it accepts. */
  readonly answers: UpgradeRequest;
  readonly status: number;
  /** The one that the server has chosen. */
  readonly subprotocol: string | undefined;
  readonly bytes: number;
  readonly #reason: string;

  /** Throws when a text is not printable ASCII. */
  constructor(
    answers: UpgradeRequest,
    status: number,
    reason: string,
    fields: readonly Field[],
    subprotocol: string | undefined,
  ) {
    this.answers = answers;
    this.status = status;
    this.subprotocol = subprotocol;
    this.#reason = reason;
    this.bytes = headBytes(`HTTP/1.1 ${status} ${reason}`, fields);
  }

  describe(): ContentDescription {
    return { protocol: "websocket", name: String(this.status), detail: this.#reason, again: false };
  }
}

/** The answer that opens the connection [RFC 6455 §4.2.2]. */
export function switchingProtocols(
  request: UpgradeRequest,
  subprotocol: string | undefined,
  headers: Headers = [],
): UpgradeResponse {
  const fields: readonly Field[] = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", ACCEPT],
    ...subprotocolField(subprotocol ?? ""),
    ...headers,
  ];
  return new UpgradeResponse(request, 101, "Switching Protocols", fields, subprotocol);
}

/** The answer to a version that the server does not speak [RFC 6455 §4.4]. */
export function upgradeRequired(request: UpgradeRequest): UpgradeResponse {
  const fields: readonly Field[] = [
    ["Sec-WebSocket-Version", String(WEBSOCKET_VERSION)],
    ["Content-Length", "0"],
  ];
  return new UpgradeResponse(request, 426, "Upgrade Required", fields, undefined);
}

/** Whether a client may go on with that answer to its `request` [RFC 6455 §4.1]. */
export function opensConnection(response: UpgradeResponse, request: UpgradeRequest): boolean {
  const { status, answers, subprotocol } = response;
  if (status !== 101 || answers !== request) return false;
  return subprotocol === undefined || request.subprotocols.includes(subprotocol);
}

function subprotocolField(value: string): readonly Field[] {
  return value === "" ? [] : [["Sec-WebSocket-Protocol", value]];
}

/** Start line, header fields and the empty line [RFC 9112 §2.1]. */
function headBytes(startLine: string, fields: readonly Field[]): number {
  const lineEnd = 2;
  let bytes = asciiBytes(startLine) + lineEnd + lineEnd;
  for (const [name, value] of fields) {
    const separator = 2; // ": "
    const length = typeof value === "number" ? value : asciiBytes(value);
    bytes += asciiBytes(name) + separator + length + lineEnd;
  }
  return bytes;
}

function asciiBytes(text: string): number {
  if (!/^[ -~]*$/.test(text)) throw new Error("a line of HTTP/1.1 is printable ASCII");
  return text.length;
}
