/** What the history of a log of two million records costs; a bench does ten million. */
import { expect, it } from "vitest";
import { DELIVERY_LIVE, type Message, POSITION_ASSIGNED } from "../../src/trace/index.js";
import { History } from "../../src/guarantees/index.js";
import { named } from "./histories.js";
import { runOf } from "./log-histories.js";

it("checks two million records of four producers, a few bits each, and finds the one that was lost", () => {
  const batches = 20_000;
  const history = new History(["a", "b", "c", "d", "reader"], (filter, topic) => filter === topic, {
    logs: true,
  });
  const { log } = history;
  history.faultsHealed(0);
  log.positioned(4, "p", 0, POSITION_ASSIGNED, 0);
  let offset = 0;
  let lost = "";
  for (let batch = 0; batch < batches; batch++) {
    const messages: Message[] = [];
    for (let n = 0; n < 100; n++) messages.push(history.publish(batch % 4, "p", 1, 10, false, batch * 1_000));
    log.stored(runOf(offset, ...messages), batch * 1_000 + 400);
    messages.forEach((message) => {
      history.acknowledged(message, batch * 1_000 + 400);
    });
    messages.forEach((message, n) => {
      if (batch === 5_000 && n === 50) lost = `a/p/q1#${message.index}`;
      else {
        log.polled(4, "p", runOf(offset + n, message), batch * 1_000 + 700);
        history.delivered(4, message, DELIVERY_LIVE, batch * 1_000 + 700);
      }
    });
    offset += 100;
  }
  // Two bits a record that grow by doubling, and runs of 20 bytes of which a partition keeps 65,536.
  expect(log.bytes).toBeLessThanOrEqual(2 * 2 * (offset / 8) + 20 * 131_072);
  const conclusion = history.conclude(batches * 1_000);
  for (const check of ["lost-write", "unseen", "poll-skip", "int-poll-skip"]) {
    expect({ check, violations: named(conclusion, check).violations }).toEqual({
      check,
      violations: check === "poll-skip" ? 0 : 1,
    });
  }
  expect(named(conclusion, "lost-write").witness?.what).toContain(lost);
  for (const check of ["duplicate", "inconsistent-offsets", "nonmonotonic-poll", "nonmonotonic-send"]) {
    expect(named(conclusion, check).verdict).toBe("holds");
  }
});
