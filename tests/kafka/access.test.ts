/** Who may connect to a cluster, and what they may do there. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import type { Acl } from "../../models/kafka/access/access-rules.js";
import { isAllowed } from "../../models/kafka/access/authorizer.js";
import type { KafkaRules } from "../../models/kafka/index.js";
import { type ClusterSpec, paced, run } from "./support/clusters.js";
import { runTransactions } from "./support/transactions.js";

const allow: Acl = {
  principal: "ann",
  permission: "allow",
  operation: "read",
  resource: "topic",
  name: "orders",
  pattern: "literal",
};
const rules = (...acls: readonly Acl[]): Parameters<typeof isAllowed>[0] => ({
  mechanism: undefined,
  users: [],
  acls,
  superUsers: ["root"],
});

describe("the authorizer", () => {
  const may = (
    principal: string,
    operation: "read" | "write" | "describe",
    ...acls: readonly Acl[]
  ): boolean => isAllowed(rules(...acls), principal, operation, "topic", "orders");

  it("forbids what nothing allows, but nothing to super users", () => {
    expect(may("ann", "read")).toBe(false);
    expect(may("root", "read")).toBe(true);
  });

  it("allows what an entry says, and to describe what may be read or written", () => {
    expect(may("ann", "read", allow)).toBe(true);
    expect(may("ann", "describe", allow)).toBe(true);
    expect(may("ann", "write", allow)).toBe(false);
    expect(may("bob", "read", allow)).toBe(false);
    expect(may("ann", "write", { ...allow, operation: "describe" })).toBe(false);
    expect(may("ann", "write", { ...allow, operation: "all" })).toBe(true);
  });

  it("lets a denial win", () => {
    expect(may("ann", "read", allow, { ...allow, principal: "*", permission: "deny" })).toBe(false);
    expect(may("ann", "read", allow, { ...allow, permission: "deny", operation: "write" })).toBe(true);
  });

  it("knows names, how names begin, and all names", () => {
    expect(may("ann", "read", { ...allow, name: "ord" })).toBe(false);
    expect(may("ann", "read", { ...allow, name: "ord", pattern: "prefixed" })).toBe(true);
    expect(may("ann", "read", { ...allow, name: "*" })).toBe(true);
    expect(may("ann", "read", { ...allow, resource: "group", name: "*" })).toBe(false);
  });

  it("asks nobody where there is no list", () => {
    expect(isAllowed({ ...rules(), acls: undefined }, "ann", "write", "topic", "orders")).toBe(true);
  });
});

const USERS = [
  { name: "ann", password: "secret" },
  { name: "bob", password: "hidden" },
];
const sasl = (username: string, password: string, mechanism = "PLAIN"): OptionValues => ({
  sasl: { mechanism, username, password },
});

function cluster(access: OptionValues, more: ClusterSpec, broken: Partial<KafkaRules> = {}): RunResult {
  const complete = { users: USERS, superUsers: [], ...access };
  return run({ controller: { access: complete }, ...more }, broken);
}

const seen = ({ metrics }: RunResult): readonly (number | null | undefined)[] => [
  metrics["acknowledged"],
  metrics["delivered"],
];

describe("authentication", () => {
  it.each(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])(
    "lets those in who know their password: %s",
    (mechanism) => {
      const clients = {
        producer: sasl("ann", "secret", mechanism),
        consumer: sasl("bob", "hidden", mechanism),
      };
      expect(seen(cluster({ mechanism }, clients))).toEqual([200, 200]);
    },
  );

  it("keeps out who says nothing, a wrong password, or another mechanism", () => {
    const consumer = sasl("bob", "hidden");
    for (const producer of [{}, sasl("ann", "hidden"), sasl("ann", "secret", "SCRAM-SHA-256")]) {
      expect(cluster({ mechanism: "PLAIN" }, { producer, consumer }).metrics["acknowledged"]).toBe(0);
    }
  });

  it("costs a connection its turns", () => {
    const connects = (mechanism: string | undefined): number => {
      const producer = mechanism === undefined ? {} : sasl("ann", "secret", mechanism);
      const consumer = mechanism === undefined ? {} : sasl("bob", "hidden", mechanism);
      const access = mechanism === undefined ? {} : { mechanism };
      return cluster(access, { producer, consumer, drain: 1 }).metrics["payload_bytes"] ?? 0;
    };
    expect(connects("PLAIN")).toBeGreaterThan(connects(undefined));
    expect(connects("SCRAM-SHA-512")).toBeGreaterThan(connects("PLAIN"));
  });
});

describe("access control", () => {
  const entry = (principal: string, operation: string): OptionValues => ({ ...allow, principal, operation });
  const acls = [entry("ann", "write"), entry("bob", "read")];
  const clients = { producer: sasl("ann", "secret"), consumer: sasl("bob", "hidden") };

  it("lets those write and read who may", () => {
    expect(seen(cluster({ mechanism: "PLAIN", acls }, clients))).toEqual([200, 200]);
  });

  it("tells a producer that may only describe that nothing was written", () => {
    const describing = [entry("ann", "describe"), entry("bob", "read")];
    const { metrics } = cluster({ mechanism: "PLAIN", acls: describing }, clients);
    expect([metrics["failed"], metrics["acknowledged"], metrics["delivered"]]).toEqual([200, 0, 0]);
  });

  it("gives a consumer nothing that may not read", () => {
    const { metrics } = cluster({ mechanism: "PLAIN", acls: [entry("ann", "write")] }, clients);
    expect([metrics["acknowledged"], metrics["delivered"]]).toEqual([200, 0]);
  });

  it("hides topics from whom nothing is allowed", () => {
    const { metrics } = cluster({ acls: [] }, {});
    expect([metrics["published"], metrics["failed"]]).toEqual([200, 200]);
  });

  it("would be nothing if a broker did not enforce it", () => {
    const broken = { enforcesAccess: false };
    const pace = { kind: "fixed", start: 3 * SECOND, every: 10_000_000, count: 20 } as const;
    const { metrics } = cluster({ mechanism: "PLAIN", acls: [] }, { ...clients, pace }, broken);
    expect(metrics["delivered"]).toBe(20);
  });
});

describe("access to groups", () => {
  const about = (operation: string): OptionValues => ({
    ...allow,
    principal: "bob",
    operation,
    resource: "group",
  });
  const acls = [
    { ...allow, operation: "write" },
    { ...allow, principal: "bob" },
  ];
  const member = (protocol: string, ...more: readonly OptionValues[]): RunResult =>
    cluster(
      { mechanism: "PLAIN", acls: [...acls, ...more.map((each) => ({ ...each, name: "workers" }))] },
      {
        producer: sasl("ann", "secret"),
        // When the group is complete.
        pace: paced(12, 10, 200),
        consumer: {
          ...sasl("bob", "hidden"),
          group: "workers",
          groupProtocol: protocol,
          autoOffsetReset: "earliest",
        },
      },
    );

  it.each(["classic", "consumer"])("lets a member in that may read: %s", (protocol) => {
    expect(seen(member(protocol, about("read")))).toEqual([200, 200]);
  });

  it.each(["classic", "consumer"])("ends who may not find the coordinator, or not join: %s", (protocol) => {
    for (const { metrics } of [member(protocol), member(protocol, about("describe"))]) {
      expect([metrics["delivered"], metrics["kafka_consumers_ended"]]).toEqual([0, 1]);
    }
  });
});

describe("access to transactional ids", () => {
  const committed = (...more: readonly OptionValues[]): number | null | undefined => {
    const topics = { ...allow, principal: "*", operation: "all", name: "*" };
    const access = { users: [], superUsers: [], acls: [topics, ...more] };
    return runTransactions({ controller: { access } }).result.metrics["kafka_transactions_committed"];
  };
  const id = { ...allow, principal: "*", resource: "transactional-id", name: "transfers" };

  it("is needed to write in transactions", () => {
    expect(committed({ ...id, operation: "write" })).toBeGreaterThan(50);
    expect(committed({ ...id, operation: "describe" })).toBe(0);
    expect(committed()).toBe(0);
  });
});
