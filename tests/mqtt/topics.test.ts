/** Topic names, topic filters, and the subscription tree against the plain definition of matching. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isValidTopicFilter, isValidTopicName, matchesTopic } from "../../models/mqtt/topic-filter.js";
import { SubscriptionTree } from "../../models/mqtt/subscription-tree.js";

const level = fc.constantFrom("", "a", "b", "$s", "a b");
const name = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join("/"))
  .filter(isValidTopicName);
const filter = fc
  .tuple(
    fc.array(fc.oneof(level, fc.constant("+")), { minLength: 0, maxLength: 4 }),
    fc.constantFrom("", "#", "+"),
  )
  .map(([levels, last]) => (last === "" ? levels : [...levels, last]).join("/"))
  .filter(isValidTopicFilter);

function owners(tree: SubscriptionTree, topic: string): number[] {
  return found(tree, topic).sort((a, b) => a - b);
}

/** The owners in the order in which the tree shows them. */
function found(tree: SubscriptionTree, topic: string): number[] {
  const rows: number[] = [];
  tree.match(topic, rows);
  return rows.map((row) => tree.rows.owner(row));
}

describe("a topic filter", () => {
  // MQTT 5.0 §4.7.1 gives these as examples.
  it.each([
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/ranking", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/#", "sport", true],
    ["#", "sport/tennis", true],
    ["sport/tennis/+", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["/+", "/finance", true],
    ["+", "/finance", false],
    ["#", "$SYS/monitor/clients", false],
    ["+/monitor/clients", "$SYS/monitor/clients", false],
    ["$SYS/#", "$SYS/monitor/clients", true],
    ["$SYS/monitor/+", "$SYS/monitor/clients", true],
    ["accounts", "Accounts", false],
    ["a/b", "a/b/", false],
  ])("%s and the topic %s: %s", (text, topic, expected) => {
    expect(matchesTopic(text, topic)).toBe(expected);
    const tree = new SubscriptionTree();
    tree.add(1, text);
    expect(owners(tree, topic)).toEqual(expected ? [1] : []);
  });

  it.each([
    ["#", true],
    ["+", true],
    ["+/tennis/#", true],
    ["sport/+/player1", true],
    ["/", true],
    ["sport/tennis#", false],
    ["sport/tennis/#/ranking", false],
    ["sport+", false],
    ["", false],
    ["a\0b", false],
  ])("%s is valid: %s", (text, expected) => {
    expect(isValidTopicFilter(text)).toBe(expected);
  });

  it("is refused above 65,535 bytes of UTF-8, not characters", () => {
    expect(isValidTopicName("ü".repeat(32_767))).toBe(true);
    expect(isValidTopicName("ü".repeat(32_768))).toBe(false);
  });
});

describe("a topic name", () => {
  it.each([
    ["a/b", true],
    ["/", true],
    ["", false],
    ["a/+/b", false],
    ["a/#", false],
  ])("%s is valid: %s", (text, expected) => {
    expect(isValidTopicName(text)).toBe(expected);
  });
});

describe("the subscription tree", () => {
  it("finds exactly those whose filters match, whatever was added and removed", () => {
    const steps = fc.array(
      fc.record({ text: filter, remove: fc.boolean(), which: fc.integer({ min: 0, max: 30 }) }),
      { maxLength: 40 },
    );
    const law = fc.property(steps, fc.array(name, { minLength: 1, maxLength: 5 }), (changes, topics) => {
      const tree = new SubscriptionTree();
      const present: { readonly owner: number; readonly filter: string; readonly row: number }[] = [];
      changes.forEach(({ text, remove, which }, n) => {
        const leaving = remove ? present[which % Math.max(1, present.length)] : undefined;
        if (leaving === undefined) {
          present.push({ owner: n, filter: text, row: tree.add(n, text) });
        } else {
          tree.remove(leaving.row);
          present.splice(present.indexOf(leaving), 1);
        }
        expect(tree.rows.size).toBe(present.length);
      });
      for (const topic of topics) {
        const expected = present.filter((each) => matchesTopic(each.filter, topic)).map(({ owner }) => owner);
        expect(owners(tree, topic)).toEqual(expected.sort((a, b) => a - b));
      }
    });
    fc.assert(law, { seed: 21, numRuns: 1_000 });
  });

  it("shows those with one filter in the order in which they came", () => {
    const tree = new SubscriptionTree();
    const rows = [3, 1, 2].map((owner) => tree.add(owner, "a"));
    tree.remove(rows[0] as number);
    tree.add(3, "a");
    expect(found(tree, "a")).toEqual([1, 2, 3]);
  });

  it("has another version after every change", () => {
    const tree = new SubscriptionTree();
    const versions = [tree.version];
    const one = tree.add(1, "a");
    versions.push(tree.version);
    tree.changed();
    versions.push(tree.version);
    tree.remove(one);
    versions.push(tree.version);
    expect(new Set(versions).size).toBe(4);
  });
});
