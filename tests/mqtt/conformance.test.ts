/**
 * Conformance: every clause that the code cites, what it asks for in our words, and the test or conversation
 * that shows it. A clause without a line here, or a line without its test, fails.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";

const clauses: readonly (readonly [clause: string, asks: string, shownBy: string, title: string])[] = [
  ["[MQTT-2.2.1-2]", "no identifier at QoS 0", "packets.test.ts", "are the protocol's own"],
  ["[MQTT-2.2.1-3]", "a new packet takes an unused identifier", "laws.test.ts", "nor one identifier twice"],
  ["[MQTT-3.1.0-1]", "CONNECT comes first", "conversations/broker-protocol-errors.txt", ""],
  ["[MQTT-3.1.0-2]", "a second CONNECT is an error", "conversations/broker-protocol-errors.txt", ""],
  [
    "[MQTT-3.1.2-4]",
    "clean start discards the session",
    "session.test.ts",
    "loses the old session by a clean start",
  ],
  ["[MQTT-3.1.2-5]", "otherwise it is resumed", "conversations/broker-resumes.txt", ""],
  [
    "[MQTT-3.1.2-7]",
    "the will is kept with the session",
    "will-and-retained.test.ts",
    "survives a crash of a broker",
  ],
  ["[MQTT-3.1.2-8]", "and published after the end", "will-and-retained.test.ts", "without a goodbye"],
  [
    "[MQTT-3.1.2-10]",
    "and removed by DISCONNECT",
    "will-and-retained.test.ts",
    "is taken back by DISCONNECT",
  ],
  ["[MQTT-3.1.2-20]", "a silent client pings", "keep-alive.test.ts", "has an idle client ping"],
  ["[MQTT-3.1.2-22]", "one and a half keep alives", "keep-alive.test.ts", "has the broker close after"],
  [
    "[MQTT-3.1.2-23]",
    "sessions are kept for their expiry",
    "session.test.ts",
    "before the expiry and not after",
  ],
  ["[MQTT-3.1.3-9]", "a new connection cancels a will", "will-and-retained.test.ts", "within its delay"],
  ["[MQTT-3.1.4-3]", "the newer connection stays", "session.test.ts", "leave the newer one"],
  ["[MQTT-3.2.0-1]", "CONNACK precedes everything", "laws.test.ts", "answers CONNECT first with CONNACK"],
  ["[MQTT-3.2.2-2]", "no session present at clean start", "conversations/broker-resumes.txt", ""],
  ["[MQTT-3.2.2-3]", "session present if there is one", "conversations/broker-resumes.txt", ""],
  ["[MQTT-3.2.2-4]", "a client without state ends it", "session.test.ts", "where 5.0 is taken at its word"],
  ["[MQTT-3.2.2-5]", "a client with state drops it", "conversations/client-loses-its-session.txt", ""],
  ["[MQTT-3.3.1-1]", "DUP when sent again", "laws.test.ts", "without DUP once and with DUP ever after"],
  ["[MQTT-3.3.1-3]", "DUP is each hop's own", "conversations/broker-forwards-repeats.txt", ""],
  ["[MQTT-3.3.1-5]", "the newest is retained", "will-and-retained.test.ts", "and only the newest"],
  ["[MQTT-3.3.1-6]", "no bytes clear it", "will-and-retained.test.ts", "is cleared by one without bytes"],
  ["[MQTT-3.3.1-7]", "and are not retained", "will-and-retained.test.ts", "is cleared by one without bytes"],
  ["[MQTT-3.3.1-8]", "without RETAIN nothing is", "will-and-retained.test.ts", "and only the newest"],
  ["[MQTT-3.3.1-9]", "retain handling 0", "will-and-retained.test.ts", "heeds retain handling"],
  ["[MQTT-3.3.1-10]", "retain handling 1", "will-and-retained.test.ts", "heeds retain handling"],
  ["[MQTT-3.3.1-11]", "retain handling 2", "will-and-retained.test.ts", "heeds retain handling"],
  [
    "[MQTT-3.3.1-12]",
    "RETAIN is cleared",
    "will-and-retained.test.ts",
    "goes to present subscribers without RETAIN",
  ],
  [
    "[MQTT-3.3.1-13]",
    "or left as it was",
    "will-and-retained.test.ts",
    "goes to present subscribers without RETAIN",
  ],
  ["[MQTT-3.3.2-2]", "no wildcards in names", "topics.test.ts", "a topic name"],
  ["[MQTT-3.3.4-2]", "the highest matching QoS", "will-and-retained.test.ts", "twice to overlapping filters"],
  ["[MQTT-3.3.4-7]", "the client's window", "conversations/client-keeps-to-the-window.txt", ""],
  [
    "[MQTT-3.3.4-9]",
    "the broker's window",
    "laws.test.ts",
    "more exchanges in flight than the window allows",
  ],
  ["[MQTT-3.8.3-3]", "no local", "will-and-retained.test.ts", "without local messages"],
  ["[MQTT-3.8.4-1]", "SUBACK", "conversations/broker-subscriptions.txt", ""],
  ["[MQTT-3.8.4-3]", "the same filter replaces", "will-and-retained.test.ts", "to the same filter again"],
  ["[MQTT-3.8.4-6]", "a code for each filter", "conversations/broker-subscriptions.txt", ""],
  ["[MQTT-3.8.4-8]", "the smaller QoS", "will-and-retained.test.ts", "messages come at the smaller one"],
  ["[MQTT-3.9.3-1]", "in their order", "conversations/broker-subscriptions.txt", ""],
  ["[MQTT-3.10.4-2]", "nothing new after UNSUBSCRIBE", "will-and-retained.test.ts", "ends with UNSUBSCRIBE"],
  ["[MQTT-3.10.4-4]", "UNSUBACK", "conversations/broker-subscriptions.txt", ""],
  ["[MQTT-3.10.4-5]", "even if there was nothing", "conversations/broker-subscriptions.txt", ""],
  ["[MQTT-3.12.4-1]", "PINGRESP", "keep-alive.test.ts", "and the broker answer"],
  ["[MQTT-3.14.4-1]", "DISCONNECT is the last packet", "conversations/client-says-goodbye.txt", ""],
  ["[MQTT-3.14.4-2]", "then the connection is closed", "conversations/client-says-goodbye.txt", ""],
  ["[MQTT-4.1.0-2]", "sessions end", "session.test.ts", "before the expiry and not after"],
  ["[MQTT-4.3.1-1]", "QoS 0 without DUP", "delivery.test.ts", "is sent once at QoS 0"],
  [
    "[MQTT-4.3.2-3]",
    "unacknowledged until PUBACK",
    "session.test.ts",
    "has unacknowledged QoS 1 messages sent again",
  ],
  ["[MQTT-4.3.2-4]", "PUBACK passes ownership", "delivery.test.ts", "takes two packets at QoS 1"],
  ["[MQTT-4.3.2-5]", "after PUBACK it is new", "conversations/broker-forwards-repeats.txt", ""],
  ["[MQTT-4.3.3-3]", "unacknowledged until PUBREC", "conversations/client-qos2-resumes.txt", ""],
  [
    "[MQTT-4.3.3-4]",
    "PUBREL answers PUBREC",
    "delivery.test.ts",
    "takes two packets at QoS 1 and four at QoS 2",
  ],
  ["[MQTT-4.3.3-5]", "unacknowledged until PUBCOMP", "session.test.ts", "has the PUBREL sent again"],
  ["[MQTT-4.3.3-6]", "no PUBLISH after PUBREL", "laws.test.ts", "none after its PUBREL"],
  ["[MQTT-4.3.3-8]", "PUBREC passes ownership", "conversations/client-receives-qos2-twice.txt", ""],
  ["[MQTT-4.3.3-10]", "no second delivery", "session.test.ts", "repeats no QoS 2 message"],
  ["[MQTT-4.3.3-11]", "PUBCOMP answers PUBREL", "conversations/client-receives-qos2-twice.txt", ""],
  ["[MQTT-4.3.3-12]", "after which it is new", "conversations/client-receives-qos2-twice.txt", ""],
  [
    "[MQTT-4.4.0-1]",
    "resent on resumption, not else",
    "keep-alive.test.ts",
    "nothing is sent again on a connection",
  ],
  ["[MQTT-4.4.0-2]", "refusals are final", "conversations/client-is-refused.txt", ""],
  ["[MQTT-4.5.0-1]", "kept for all who are entitled", "conversations/broker-offline-queue.txt", ""],
  ["[MQTT-4.6.0-1]", "resent in order", "conversations/broker-resumes.txt", ""],
  ["[MQTT-4.6.0-2]", "PUBACK in order", "conversations/client-acknowledges-in-order.txt", ""],
  ["[MQTT-4.6.0-3]", "PUBREC in order", "conversations/client-acknowledges-in-order.txt", ""],
  ["[MQTT-4.6.0-4]", "PUBREL in order", "conversations/client-acknowledges-in-order.txt", ""],
  ["[MQTT-4.6.0-5]", "forwarded in order", "delivery.test.ts", "in order, over a connection"],
  ["[MQTT-4.7.1-1]", "# fills the last level", "topics.test.ts", "is valid"],
  ["[MQTT-4.7.1-2]", "+ fills a whole level", "topics.test.ts", "is valid"],
  ["[MQTT-4.7.2-1]", "wildcards do not match $", "topics.test.ts", "a topic filter"],
  ["[MQTT-4.7.3-1]", "not empty", "topics.test.ts", "a topic name"],
  ["[MQTT-4.7.3-2]", "no NUL", "topics.test.ts", "is valid"],
  ["[MQTT-4.7.3-3]", "at most 65,535 bytes", "topics.test.ts", "is refused above 65,535 bytes"],
  ["[MQTT-4.9.0-2]", "no quota, no PUBLISH", "conversations/client-keeps-to-the-window.txt", ""],
];

const here = new URL(".", import.meta.url);
const models = new URL("../../models/mqtt/", here);

function textOf(folder: URL): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(new URL(name, folder), "utf8"))
    .join("\n");
}

describe("the clauses that the code cites", () => {
  it("are those of the table", () => {
    const cited = new Set([...textOf(models).matchAll(/\[MQTT-[0-9.]+-[0-9]+\]/g)].map(([tag]) => tag));
    expect(clauses.map(([clause]) => clause).filter((clause) => !cited.has(clause))).toEqual([]);
    const known = new Set(clauses.map(([clause]) => clause));
    expect([...cited].filter((clause) => !known.has(clause))).toEqual([]);
    expect(known.size).toBe(clauses.length);
  });

  it.each(clauses)("%s %s: %s %s", (clause, _asks, shownBy, title) => {
    const file = new URL(shownBy, here);
    expect(existsSync(file)).toBe(true);
    const text = readFileSync(file, "utf8");
    expect(text).toContain(title === "" ? clause : title);
  });
});
