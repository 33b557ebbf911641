/** Records that an application keeps in a window: many are sent at one instant, and finish together. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import { run } from "./support/clusters.js";

describe("a closed loop of records", () => {
  it.each([1, 7, 400])("goes on to its end, and no further, with %i of them at a time", (window) => {
    const pace = { kind: "closed", start: 5 * SECOND, window, count: 1_000 } as const;
    const { metrics } = run({ pace, consumer: {}, drain: 10 });
    const { published, acknowledged, delivered, duplicates } = metrics;
    expect([published, acknowledged, delivered, duplicates]).toEqual([1_000, 1_000, 1_000, 0]);
  });
});
