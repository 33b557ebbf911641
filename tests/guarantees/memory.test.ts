/** What the history of ten million messages costs. */
import { expect, it } from "vitest";
import { DELIVERY_LIVE } from "../../src/trace/index.js";
import { History } from "../../src/guarantees/index.js";
import { BOB, matches, NAMES, named } from "./histories.js";

it("keeps a bit a message from the first that is missing on, and checks ten million", () => {
  const messages = 10_000_000;
  const history = new History(NAMES, matches);
  history.faultsHealed(0);
  history.subscribing(BOB, "t", 1, 0);
  history.subscribed(BOB, "t", 1, 0);
  for (let i = 1; i <= messages; i++) {
    const message = history.publish(0, "t", 1, 64, false, i * 1_000);
    history.acknowledged(message, i * 1_000 + 400);
    if (i !== 5_000_000) history.delivered(BOB, message, DELIVERY_LIVE, i * 1_000 + 700);
  }
  // All are acknowledged; the one that is not delivered stands in the middle. Sets grow by doubling.
  expect(history.bytes).toBeLessThanOrEqual(2 * (messages / 2 / 8) + 1_000);
  const conclusion = history.conclude((messages + 1) * 1_000);
  expect(named(conclusion, "at-least-once")).toMatchObject({ violations: 1, atRisk: messages });
  expect(named(conclusion, "at-least-once").witness?.events).toContainEqual(
    expect.objectContaining({ type: "published", at: 5_000_000_000, message: "anna/t/q1#4999999" }),
  );
  expect(conclusion.pairs).toMatchObject({ delivered: messages - 1, lost: 1 });
});
