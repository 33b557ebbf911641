/** Sizes of what is said about coordinators and groups, from the layouts of Kafka 4.1: FindCoordinator 6. */
import type { GroupRequests, GroupResponses } from "./group-messages.js";
import { ONE, type SizesOf, compactBytes, compactLengthBytes } from "./wire-size.js";

export const GROUP_REQUEST_SIZES: SizesOf<GroupRequests> = {
  FindCoordinator: ({ key }) => 1 + compactLengthBytes(1) + compactBytes(key.length) + ONE,
};

export const GROUP_RESPONSE_SIZES: SizesOf<GroupResponses> = {
  FindCoordinator: ({ key, host }) =>
    4 +
    compactLengthBytes(1) +
    (compactBytes(key.length) + 4 + compactBytes(host.length) + 4 + 2 + ONE + ONE) +
    ONE,
};
