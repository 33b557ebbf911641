import { describe, expect, it } from "vitest";
import { traceJsonl, traceText } from "../../src/trace/index.js";
import { content, crashAndWill, Scene, tcpRetransmission, threeQualities } from "../view/scenes.js";

describe("a trace as JSON lines", () => {
  it("is one event a line and reads back as it was", () => {
    const events = crashAndWill();
    const lines = traceJsonl(events).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
  });
});

describe("a trace as text", () => {
  it("has a heading and one line an event", () => {
    const events = tcpRetransmission();
    expect(traceText(events).trimEnd().split("\n")).toHaveLength(events.length + 1);
  });

  it("aligns its columns and stays within 100 of them", () => {
    const lines = traceText(crashAndWill()).trimEnd().split("\n");
    const column = lines[0]?.indexOf("what") ?? -1;
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(100);
      if (line.length > column) expect(line.slice(column - 2, column)).toBe("  ");
    }
  });

  it("writes milliseconds exact to the microsecond, cutting nanoseconds off", () => {
    const text = traceText([{ type: "timer-fired", at: 1_050_123_999, node: "a", timer: "retry" }]);
    expect(text).toContain("1050.123  timer  a      retry");
  });

  it("says of a connection what may be and what is in flight", () => {
    const text = traceText([
      {
        type: "congestion",
        at: 1_000_000,
        node: "a",
        peer: "b",
        connection: 1,
        state: "recovery",
        window: 7,
        threshold: null,
        segmentsInFlight: 3,
        bytesInFlight: 4344,
        receiveWindow: 65_535,
        roundTrip: 100_000_000,
        timeout: 300_000_000,
      },
    ]);
    expect(text).toContain("a → b  recovery window 7 threshold – in flight 3 (4344 B of 65535)");
  });

  it("says of a lost packet what it was and why it was lost", () => {
    expect(traceText(crashAndWill())).toMatch(
      /1240\.000 {2}lost .*sensor → broker {2}PUBLISH q1 id 2 #1 .*node-down\n/,
    );
  });

  it("marks what was sent or delivered before, and copies", () => {
    const text = traceText(threeQualities());
    expect(text).toMatch(/sent .*PUBLISH q1 id 1 #1 DUP .* again\n/);
    expect(text).toMatch(/delivered .*garden\/moisture\/q1#1 .* again\n/);
    const scene = new Scene();
    scene.packet(0, "a", "b", [content("X")], 1, { copyOf: 0 });
    expect(traceText(scene.events())).toMatch(/sent .* copy\n/);
  });

  it("lets no text from elsewhere break a line or command a terminal", () => {
    const text = traceText([{ type: "note", at: 0, node: "a\nb", text: "\u001b[2Jgone\u0085" }]);
    expect(text.trimEnd().split("\n")).toHaveLength(2);
    expect([...text].filter((character) => character < " ")).toEqual(["\n", "\n"]);
  });
});
