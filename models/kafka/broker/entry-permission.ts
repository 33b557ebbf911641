/**
 * What a client needs leave for before a coordinator hears of it: to find one, to be a member of a group, to have a
 * transactional id. Whatever else members and producers ask for, they are let in for before, since entries of the
 * access control list never change.
 */
import type { Operation, ResourceKind } from "../access/access-rules.js";
import { type Request, type Response, response } from "../protocol/frames.js";
import { NO_GENERATION } from "../protocol/messages.js";

type Allows = (operation: Exclude<Operation, "all">, resource: ResourceKind, name: string) => boolean;

/** How the request is refused; undefined: it is not. */
export function refusalOf(request: Request, allows: Allows): Response | undefined {
  switch (request.api) {
    case "FindCoordinator": {
      const { kind, key } = request.body;
      if (allows("describe", kind === "group" ? "group" : "transactional-id", key)) return undefined;
      const error = kind === "group" ? "GROUP_AUTHORIZATION_FAILED" : "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
      return response("FindCoordinator", { error, key, broker: -1, host: "" });
    }
    case "JoinGroup": {
      const { group, memberId } = request.body;
      if (allows("read", "group", group)) return undefined;
      const nothing = {
        generation: NO_GENERATION,
        protocol: "",
        leader: "",
        skipAssignment: false,
        members: [],
      };
      return response("JoinGroup", { error: "GROUP_AUTHORIZATION_FAILED", memberId, ...nothing });
    }
    case "ConsumerGroupHeartbeat": {
      const { group, memberId, memberEpoch } = request.body;
      if (allows("read", "group", group)) return undefined;
      const nothing = { heartbeatInterval: 0, assignment: undefined };
      return response("ConsumerGroupHeartbeat", {
        error: "GROUP_AUTHORIZATION_FAILED",
        memberId,
        memberEpoch,
        ...nothing,
      });
    }
    case "InitProducerId": {
      const { transactionalId } = request.body;
      if (transactionalId === undefined || allows("write", "transactional-id", transactionalId)) {
        return undefined;
      }
      const error = "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
      return response("InitProducerId", { error, producerId: -1, producerEpoch: -1, transactionVersion: 0 });
    }
    default:
      return undefined;
  }
}
