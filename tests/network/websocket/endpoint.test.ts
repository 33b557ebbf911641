/** One end of a WebSocket connection as a machine: what it is told, and what it does. */
import { beforeEach, describe, expect, test } from "vitest";
import {
  CLOSE_CODE,
  closeFrame,
  Frame,
  heartbeatFrame,
  messageFrames,
  switchingProtocols,
  UpgradeRequest,
  UpgradeResponse,
  WebSocketEndpoint,
  type WebSocketRole,
  type WebSocketSink,
} from "../../../src/network/index.js";
import type { Content } from "../../../src/trace/index.js";
import { Frame as Message } from "../tcp/rig.js";

const SPEC = { path: "/feed", host: "example.com", subprotocol: "mqtt" };

/** Notes in words what an endpoint asks for. */
class Notes implements WebSocketSink {
  readonly lines: string[] = [];
  readonly written: Content[] = [];
  payloadBytes = 0;

  write(content: Content, payloadBytes: number): void {
    const { name, detail } = content.describe();
    this.written.push(content);
    this.payloadBytes += payloadBytes;
    this.lines.push(`write ${name} ${detail}`.trim());
  }
  opened(subprotocol: string | undefined): void {
    this.lines.push(`opened ${subprotocol ?? "without subprotocol"}`);
  }
  message(message: Content, kind: string): void {
    this.lines.push(`${kind} message ${message.describe().name}`);
  }
  ponged(payload: number): void {
    this.lines.push(`pong ${payload}`);
  }
  closed(code: number | undefined): void {
    this.lines.push(`closed ${code ?? "unopened"}`);
  }
  closeBelow(): void {
    this.lines.push("close below");
  }
  /** The lines since the last look. */
  take(): string[] {
    return this.lines.splice(0);
  }
}

function endpoint(
  role: WebSocketRole,
  change = {},
): { readonly end: WebSocketEndpoint; readonly notes: Notes } {
  const notes = new Notes();
  return { end: new WebSocketEndpoint(role, { ...SPEC, ...change }, notes), notes };
}

const request = new UpgradeRequest(SPEC, ["mqtt"]);
const masked = (opcode: "text" | "binary" | "continuation", final: boolean, payload = 5): Frame =>
  new Frame({ opcode, final, masked: true, payload });

describe("opening", () => {
  test("a client asks, and is open when the server agrees", () => {
    const { end, notes } = endpoint("client");
    end.begin();
    expect(notes.take()).toEqual(["write GET /feed Upgrade: websocket"]);
    end.received(switchingProtocols(notes.written[0] as UpgradeRequest, "mqtt"), 0);
    expect(notes.take()).toEqual(["opened mqtt"]);
    expect(end.state).toBe("open");
  });

  test("a server waits to be asked, and chooses the subprotocol that it speaks", () => {
    const { end, notes } = endpoint("server");
    end.begin();
    end.received(new UpgradeRequest(SPEC, ["amqp", "mqtt"]), 0);
    expect(notes.take()).toEqual(["write 101 Switching Protocols", "opened mqtt"]);
  });

  test("a server that speaks none of the subprotocols names none", () => {
    const { end, notes } = endpoint("server");
    end.received(new UpgradeRequest(SPEC, ["amqp"]), 0);
    expect(notes.take()).toEqual(["write 101 Switching Protocols", "opened without subprotocol"]);
  });

  test("a server refuses another version [RFC 6455 §4.4]", () => {
    const { end, notes } = endpoint("server");
    end.received(new UpgradeRequest(SPEC, [], [], 8), 0);
    expect(notes.take()).toEqual(["write 426 Upgrade Required", "close below", "closed unopened"]);
    expect(end.state).toBe("closed");
  });

  test.each([
    [
      "another status",
      (asked: UpgradeRequest) => new UpgradeResponse(asked, 404, "Not Found", [], undefined),
    ],
    ["the key of another request", () => switchingProtocols(request, "mqtt")],
    ["a subprotocol that was not asked for", (asked: UpgradeRequest) => switchingProtocols(asked, "amqp")],
  ])("a client does not go on with %s [RFC 6455 §4.1]", (_name, response) => {
    const { end, notes } = endpoint("client");
    end.begin();
    notes.take();
    end.received(response(notes.written[0] as UpgradeRequest), 0);
    expect(notes.take()).toEqual(["close below", "closed unopened"]);
  });

  test("that the connection below ends is not a close", () => {
    const { end, notes } = endpoint("client");
    end.begin();
    notes.take();
    end.belowClosed(0);
    end.belowClosed(0);
    expect(notes.take()).toEqual(["closed unopened"]);
  });

  test("before it is over, nothing is sent", () => {
    const { end, notes } = endpoint("server");
    end.send("binary", new Message("M", 5), 5);
    end.ping(0);
    end.close();
    expect(notes.take()).toEqual([]);
    expect(() => end.received(masked("text", true), 0)).toThrow("does not speak WebSocket");
  });
});

describe("an open server", () => {
  let end: WebSocketEndpoint;
  let notes: Notes;
  beforeEach(() => {
    ({ end, notes } = endpoint("server"));
    end.received(request, 0);
    notes.take();
  });
  const arrives = (...frames: readonly Frame[]): string[] => {
    for (const frame of frames) end.received(frame, 0);
    return notes.take();
  };
  const message = (name: string, fragment = Infinity): readonly Frame[] =>
    messageFrames("text", new Message(name, 10), true, fragment);

  test("does not mask what it sends", () => {
    end.send("binary", new Message("M", 300), 300);
    expect(notes.written.at(-1)?.bytes).toBe(304);
    expect(notes.payloadBytes).toBe(300);
  });

  test("hands over a message when its last fragment has arrived", () => {
    expect(arrives(...message("M", 4).slice(0, 2))).toEqual([]);
    expect(arrives(...message("M", 4).slice(2))).toEqual(["text message M"]);
  });

  test("answers a Ping by a Pong as long, also between fragments [RFC 6455 §5.5.2]", () => {
    const [first, second] = message("M", 5) as [Frame, Frame];
    expect(arrives(first, heartbeatFrame("ping", 7, true), second)).toEqual([
      "write Pong 7 B",
      "text message M",
    ]);
  });

  test("tells of a Pong", () => {
    end.ping(4);
    expect(notes.take()).toEqual(["write Ping 4 B"]);
    expect(arrives(heartbeatFrame("pong", 4, true))).toEqual(["pong 4"]);
  });

  test.each([
    ["an unmasked frame", messageFrames("text", new Message("M", 5), false)],
    ["a continuation of nothing", [masked("continuation", true)]],
    ["a message within a message", [message("M", 5)[0] as Frame, ...message("N")]],
    ["a fragmented control frame", [new Frame({ opcode: "ping", final: false, masked: true, payload: 1 })]],
    ["a long control frame", [new Frame({ opcode: "ping", final: true, masked: true, payload: 126 })]],
  ])("fails the connection for %s [RFC 6455 §5]", (_name, frames) => {
    expect(arrives(...frames)).toEqual(["write Close 1002", "close below", "closed 1002"]);
    expect(arrives(...message("LATER"))).toEqual([]);
  });

  test("answers a Close with the same code, and closes the connection below", () => {
    expect(arrives(closeFrame(4000, 5, true))).toEqual(["write Close 4000", "close below", "closed 4000"]);
  });

  test("answers an empty Close by an empty one, and observes that there was no code", () => {
    expect(arrives(closeFrame(undefined, 0, true))).toEqual([
      "write Close 0 B",
      "close below",
      "closed 1005",
    ]);
  });

  test("that closes waits for the answer, and reads what comes before it", () => {
    end.close(CLOSE_CODE.goingAway);
    end.close();
    end.send("text", new Message("LATER", 5), 5);
    end.ping(0);
    expect(notes.take()).toEqual(["write Close 1001"]);
    expect(end.state).toBe("closing");
    expect(arrives(...message("M"), closeFrame(1001, 0, true))).toEqual([
      "text message M",
      "close below",
      "closed 1001",
    ]);
  });

  test("that never hears a Close observes 1006", () => {
    end.belowClosed(0);
    expect(notes.take()).toEqual(["closed 1006"]);
  });

  test("sends long messages in fragments where it is told to, and counts their payload once", () => {
    const fragmenting = endpoint("server", { frameMax: 100 });
    fragmenting.end.received(request, 0);
    fragmenting.notes.take();
    fragmenting.end.send("binary", new Message("M", 250), 250);
    expect(fragmenting.notes.take()).toEqual([
      "write Binary 100 B",
      "write Continuation 100 B",
      "write Continuation 50 B",
    ]);
    expect(fragmenting.notes.payloadBytes).toBe(250);
  });
});

test("an open client masks what it sends, and leaves the closing of the connection below to the server", () => {
  const { end, notes } = endpoint("client");
  end.begin();
  end.received(switchingProtocols(notes.written[0] as UpgradeRequest, undefined), 0);
  notes.take();
  end.send("binary", new Message("M", 5), 5);
  expect(notes.written.at(-1)?.bytes).toBe(2 + 4 + 5);
  end.close();
  end.received(closeFrame(1000, 0, false), 0);
  expect(notes.take()).toEqual(["write Binary 5 B", "write Close 1000", "closed 1000"]);
});
