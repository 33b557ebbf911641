import { describe, expect, it } from "vitest";
import { mermaid } from "../../src/view/index.js";
import { content, crashAndWill, Scene, threeQualities } from "./scenes.js";

describe("mermaid text", () => {
  it("names the participants from left to right and draws each packet once", () => {
    const text = mermaid(threeQualities());
    expect(text.split("\n").slice(0, 4)).toEqual([
      "sequenceDiagram",
      "  participant n0 as sensor",
      "  participant n1 as broker",
      "  participant n2 as screen",
    ]);
    expect(text.match(/^ {2}n\d-/gm)).toHaveLength(18);
  });

  it("ends lost packets in a cross and dashes what is sent again", () => {
    const text = mermaid(threeQualities());
    expect(text).toContain("  n1-xn2: PUBLISH q0 #35;0 (lost)\n");
    expect(text).toContain("  n0-->>n1: PUBLISH q1 id 1 #35;1 DUP (again)\n");
  });

  it("tells of crashes, cuts, timers and idle time in notes", () => {
    const text = mermaid(crashAndWill());
    expect(text).toContain("  Note over n1: crashes\n");
    expect(text).toContain("  Note over n1: restarts\n");
    expect(text).toContain("  Note over n0,n1: link cut\n");
    expect(text).toContain("  Note over n0: retry\n");
    expect(text).toContain("300 ms later: 3.300000 s");
  });

  it("keeps text from elsewhere on its line and without signs that Mermaid acts on", () => {
    const scene = new Scene();
    scene.packet(0, "a;b\nend", "b", [content("X#y", '"; <b>\r\nNote over n0: gotcha')], 20);
    const lines = mermaid(scene.events()).trimEnd().split("\n");
    expect(lines).toEqual([
      "sequenceDiagram",
      "  participant n0 as a#59;b end",
      "  participant n1 as b",
      "  Note over n0: 0.000000 s",
      "  n0->>n1: X#35;y #34;#59; #60;b#62; Note over n0#58; gotcha",
    ]);
  });
});
