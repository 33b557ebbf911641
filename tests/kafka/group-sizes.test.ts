/** Sizes of what is said about groups, against an encoder that writes the layouts of Kafka 4.1 byte by byte. */
import { describe, expect, it } from "vitest";
import type { Requests, Responses } from "../../models/kafka/protocol/messages.js";
import { requestBytes, responseBytes } from "../../models/kafka/protocol/frame-sizes.js";
import {
  type Write,
  array,
  bool,
  bytesOf,
  compactBytes,
  compactString,
  int16,
  int32,
  int64,
  int8,
  noTags,
  nullable,
  requestFrame,
  responseFrame,
  uuid,
} from "./support/encoder.js";

const CLIENT = "worker-7";
const GROUP = "ledgers";
const TOPIC = "orders";
/** Ends in a UUID on the wire, in an instant here. */
const wireId = (client: string): string => `${client}-${"0123456789ab".repeat(3)}`;
const MEMBER = `${CLIENT}@3000000000`;
const MEMBER_ON_WIRE = wireId(CLIENT);
const CONSUMER_MEMBER_ON_WIRE = "A".repeat(22);
const INSTANCE = "shelf-1";

const string16 =
  (text: string): Write =>
  (bytes) =>
    bytes.push(0, text.length, ...new TextEncoder().encode(text));
const array32 =
  (items: readonly (readonly Write[])[]): Write =>
  (bytes) => {
    int32(bytes);
    for (const item of items) for (const write of item) write(bytes);
  };
const raw =
  (length: number): Write =>
  (bytes) => {
    for (let n = 0; n < length; n++) bytes.push(0);
  };

const topicPartitions = (owned: readonly number[]): Write =>
  array32(owned.length === 0 ? [] : [[string16(TOPIC), array32(owned.map(() => [int32]))]]);

/** ConsumerProtocolSubscription 3. */
const subscription = (owned: readonly number[], userData: number): number[] =>
  bytesOf(int16, array32([[string16(TOPIC)]]), int32, raw(userData), topicPartitions(owned), int32, int16);

/** ConsumerProtocolAssignment 3. */
const assignment = (partitions: readonly number[]): number[] =>
  bytesOf(int16, topicPartitions(partitions), int32);

function check<Name extends keyof Requests & keyof Responses>(
  api: Name,
  body: Requests[Name],
  ...fields: readonly Write[]
): void {
  expect(requestBytes(api, body, CLIENT.length)).toBe(requestFrame(CLIENT, ...fields, noTags));
}

function checkResponse<Name extends keyof Responses>(
  api: Name,
  body: Responses[Name],
  ...fields: readonly Write[]
): void {
  expect(responseBytes(api as keyof Requests, body as never)).toBe(responseFrame(...fields, noTags));
}

const identity = { group: GROUP, memberId: MEMBER, generation: 3 };

describe.each([undefined, INSTANCE])("members of a classic group, instance %s", (instanceId) => {
  const instance = instanceId === undefined ? nullable : compactString(instanceId);
  const member = { ...identity, instanceId };

  it("join: JoinGroup 9", () => {
    const owned = [4, 5, 6];
    const subscribed = { topics: [TOPIC], owned, generation: 2 };
    const names = ["range", "cooperative-sticky", "sticky"];
    const sticky = 4 + 2 + TOPIC.length + 4 + 4 * owned.length + 4;
    const userData = [0, 4, sticky];
    check(
      "JoinGroup",
      {
        ...member,
        clientId: CLIENT,
        sessionTimeout: 1,
        rebalanceTimeout: 1,
        protocols: names.map((name) => ({ name, subscription: subscribed })),
      },
      compactString(GROUP),
      int32,
      int32,
      compactString(MEMBER_ON_WIRE),
      instance,
      compactString("consumer"),
      array(
        names.map((name, place) => {
          const metadata = subscription(owned, userData[place] ?? 0);
          return [compactString(name), compactBytes(metadata), noTags];
        }),
      ),
      compactString("r".repeat(40)),
    );
    const nobody = { topics: [TOPIC], owned: [], generation: -1 };
    checkResponse(
      "JoinGroup",
      {
        error: "NONE",
        generation: 3,
        protocol: "range",
        leader: MEMBER,
        memberId: MEMBER,
        skipAssignment: false,
        members: [
          { memberId: MEMBER, instanceId, subscription: subscribed },
          { memberId: MEMBER, instanceId, subscription: nobody },
        ],
      },
      int32,
      int16,
      int32,
      compactString("consumer"),
      compactString("range"),
      compactString(MEMBER_ON_WIRE),
      bool,
      compactString(MEMBER_ON_WIRE),
      array(
        [owned, []].map((each) => [
          compactString(MEMBER_ON_WIRE),
          instance,
          compactBytes(subscription(each, 0)),
          noTags,
        ]),
      ),
    );
  });

  it("get their part: SyncGroup 5", () => {
    check(
      "SyncGroup",
      {
        ...member,
        protocol: "range",
        assignments: [
          { memberId: MEMBER, partitions: [1, 2] },
          { memberId: MEMBER, partitions: [] },
        ],
      },
      compactString(GROUP),
      int32,
      compactString(MEMBER_ON_WIRE),
      instance,
      compactString("consumer"),
      compactString("range"),
      array(
        [[1, 2], []].map((each) => [compactString(MEMBER_ON_WIRE), compactBytes(assignment(each)), noTags]),
      ),
    );
    checkResponse(
      "SyncGroup",
      { error: "NONE", protocol: "range", partitions: [1, 2, 3] },
      int32,
      int16,
      compactString("consumer"),
      compactString("range"),
      compactBytes(assignment([1, 2, 3])),
    );
  });

  it("say that they live: Heartbeat 4, and that they go: LeaveGroup 5", () => {
    const who = [compactString(GROUP), int32, compactString(MEMBER_ON_WIRE), instance];
    check("Heartbeat", member, ...who);
    checkResponse("Heartbeat", { error: "NONE" }, int32, int16);
    check(
      "LeaveGroup",
      member,
      compactString(GROUP),
      array([[compactString(MEMBER_ON_WIRE), instance, compactString("r".repeat(40)), noTags]]),
    );
    checkResponse(
      "LeaveGroup",
      { error: "NONE", memberId: MEMBER },
      int32,
      int16,
      array([[compactString(MEMBER_ON_WIRE), nullable, int16, noTags]]),
    );
  });
});

describe.each([
  { byId: false, version: 9 },
  { byId: true, version: 10 },
])("offsets, version $version", ({ byId }) => {
  const topic: Write = byId ? uuid : compactString(TOPIC);
  const memberOnWire = byId ? CONSUMER_MEMBER_ON_WIRE : MEMBER_ON_WIRE;
  const offsets = [1, 2, 3].map((partition) => ({ partition, offset: 9, leaderEpoch: 0 }));

  it("are committed: OffsetCommit", () => {
    check(
      "OffsetCommit",
      { ...identity, instanceId: undefined, byId, offsets },
      compactString(GROUP),
      int32,
      compactString(memberOnWire),
      nullable,
      array([[topic, array(offsets.map(() => [int32, int64, int32, compactString(""), noTags])), noTags]]),
    );
    checkResponse(
      "OffsetCommit",
      { byId, results: offsets.map(({ partition }) => ({ partition, error: "NONE" })) },
      int32,
      array([[topic, array(offsets.map(() => [int32, int16, noTags])), noTags]]),
    );
  });

  it("are fetched: OffsetFetch", () => {
    check(
      "OffsetFetch",
      { ...identity, byId, partitions: [1, 2], requireStable: true },
      array([
        [
          compactString(GROUP),
          byId ? compactString(memberOnWire) : nullable,
          int32,
          array([[topic, array([[int32], [int32]]), noTags]]),
          noTags,
        ],
      ]),
      bool,
    );
    checkResponse(
      "OffsetFetch",
      { group: GROUP, byId, error: "NONE", results: offsets.map((each) => ({ ...each, error: "NONE" })) },
      int32,
      array([
        [
          compactString(GROUP),
          array([
            [
              topic,
              array(offsets.map(() => [int32, int64, int32, compactString(""), int16, noTags])),
              noTags,
            ],
          ]),
          int16,
          noTags,
        ],
      ]),
    );
  });
});

describe("members of a consumer group", () => {
  const heartbeat = { group: GROUP, memberId: MEMBER, memberEpoch: 3 };

  it("say who they are, what they want and own, and nothing that has not changed: ConsumerGroupHeartbeat 1", () => {
    check(
      "ConsumerGroupHeartbeat",
      {
        ...heartbeat,
        instanceId: INSTANCE,
        rebalanceTimeout: 1,
        topics: [TOPIC],
        assignor: "uniform",
        owned: [1, 2],
      },
      compactString(GROUP),
      compactString(CONSUMER_MEMBER_ON_WIRE),
      int32,
      compactString(INSTANCE),
      nullable,
      int32,
      array([[compactString(TOPIC)]]),
      nullable,
      compactString("uniform"),
      array([[uuid, array([[int32], [int32]]), noTags]]),
    );
    const nothing = {
      instanceId: undefined,
      rebalanceTimeout: undefined,
      topics: undefined,
      assignor: undefined,
    };
    check(
      "ConsumerGroupHeartbeat",
      { ...heartbeat, ...nothing, owned: undefined },
      compactString(GROUP),
      compactString(CONSUMER_MEMBER_ON_WIRE),
      int32,
      nullable,
      nullable,
      int32,
      nullable,
      nullable,
      nullable,
      nullable,
    );
  });

  it.each([undefined, [], [1, 2, 3]])("are told what to own: %s", (assigned) => {
    const topics = assigned?.length === 0 ? [] : [[uuid, array((assigned ?? []).map(() => [int32])), noTags]];
    checkResponse(
      "ConsumerGroupHeartbeat",
      { error: "NONE", memberId: MEMBER, memberEpoch: 3, heartbeatInterval: 5, assignment: assigned },
      int32,
      int16,
      nullable,
      compactString(CONSUMER_MEMBER_ON_WIRE),
      int32,
      int32,
      int8,
      ...(assigned === undefined ? [] : [array(topics), noTags]),
    );
  });
});
