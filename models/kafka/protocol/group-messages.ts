/** What clients ask of coordinators, and of the broker that knows who they are. */
import type { KafkaError } from "./errors.js";

/** Coordinators keep their state in the partitions of an internal topic; a key's partition decides who coordinates it. */
export type CoordinatorKind = "group" | "transaction";

export interface GroupRequests {
  readonly FindCoordinator: { readonly kind: CoordinatorKind; readonly key: string };
}

export interface GroupResponses {
  /** `broker`: its id; -1 with an error. */
  readonly FindCoordinator: {
    readonly error: KafkaError;
    readonly key: string;
    readonly broker: number;
    readonly host: string;
  };
}
