/** Which coordinator a name belongs to. */
import { describe, expect, it } from "vitest";
import { partitionOfCoordinator } from "../../models/kafka/internal-topics.js";

describe("the partition of a coordinator", () => {
  it("comes from Java's hash of the name", () => {
    // "hello".hashCode() is 99162322, "Hello, world!".hashCode() -1880044555.
    expect(partitionOfCoordinator("hello", 50)).toBe(22);
    expect(partitionOfCoordinator("hello", 1_000_000_000)).toBe(99_162_322);
    expect(partitionOfCoordinator("Hello, world!", 1_000_000_000)).toBe((-1_880_044_555 & 0x7fffffff) % 1e9);
  });

  it("is the first one for an empty name", () => {
    expect(partitionOfCoordinator("", 50)).toBe(0);
  });
});
