/** Causes of misses: each covers what it speaks of, and nothing else. */
import { describe, expect, it } from "vitest";
import { causeOf } from "../../validation/causes.js";

const missed = (cell: string, ...measures: ("latency_mean_ms" | "delivered_ratio" | "lost")[]) => ({
  cell: { cell },
  comparisons: [
    ...measures.map((measure) => ({ measure, met: false })),
    { measure: "duplicates" as const, met: true },
  ],
});

describe("the cause of a miss", () => {
  it("is found by the cell and by what is missed", () => {
    expect(causeOf(missed("mqtt-grid-d300-l2-q2", "delivered_ratio"))).toContain("few stalls");
    expect(causeOf(missed("mqtt-phase-d300-l0-q0", "latency_mean_ms"))).toContain("phase");
  });

  it("explains no other measure of the same cell", () => {
    expect(causeOf(missed("mqtt-grid-d300-l2-q2", "latency_mean_ms"))).toBeUndefined();
    expect(causeOf(missed("mqtt-grid-d300-l2-q2", "delivered_ratio", "latency_mean_ms"))).toBeUndefined();
    expect(causeOf(missed("mqtt-phase-d300-l0-q0", "delivered_ratio"))).toBeUndefined();
  });

  it("is unknown for a cell that nobody has looked into", () => {
    expect(causeOf(missed("mqtt-outage5-both-clean-q0", "lost"))).toBeUndefined();
  });
});
