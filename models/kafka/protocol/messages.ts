/**
 * Requests and responses: what they say. Partitions go by the number that the controller gave them, which stands
 * for a topic id and an index; brokers by the index of their node.
 */
import type { AccessRequests, AccessResponses } from "./access-messages.js";
import type { ControlRequests, ControlResponses } from "./control-messages.js";
import type { DataRequests, DataResponses } from "./data-messages.js";
import type { GroupRequests, GroupResponses } from "./group-messages.js";
import type { TransactionRequests, TransactionResponses } from "./transaction-messages.js";

export type * from "./errors.js";
export * from "./partition-state.js";
export * from "./data-messages.js";
export type * from "./access-messages.js";
export type * from "./control-messages.js";
export * from "./group-messages.js";
export type * from "./transaction-messages.js";

/** Requests by name, with their bodies. */
export interface Requests
  extends AccessRequests, DataRequests, ControlRequests, GroupRequests, TransactionRequests {}

/** Responses by the name of the request that they answer. */
export interface Responses
  extends AccessResponses, DataResponses, ControlResponses, GroupResponses, TransactionResponses {}

export type Api = keyof Requests;
