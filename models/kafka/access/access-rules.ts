/** Who may connect to a cluster, and what they may do there: plain data, part of the cluster's metadata. */

export type SaslMechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";

export type Operation = "read" | "write" | "describe" | "all";

export type ResourceKind = "topic" | "group" | "transactional-id";

export interface Acl {
  /** A user's name; `*`: anybody. */
  readonly principal: string;
  readonly permission: "allow" | "deny";
  readonly operation: Operation;
  readonly resource: ResourceKind;
  /** Of the resource; `*`: any. */
  readonly name: string;
  /** A prefixed entry is about every resource whose name begins with its own. */
  readonly pattern: "literal" | "prefixed";
}

export interface User {
  readonly name: string;
  readonly password: string;
}

export interface AccessRules {
  /** Clients authenticate by this; undefined: everybody is `ANONYMOUS`. */
  readonly mechanism: SaslMechanism | undefined;
  readonly users: readonly User[];
  /** Undefined: no authorizer, everybody may do everything. */
  readonly acls: readonly Acl[] | undefined;
  /** They may do everything. */
  readonly superUsers: readonly string[];
}

/** Of a connection that has not been authenticated. */
export const ANONYMOUS = "ANONYMOUS";

/** Nobody is asked who he is, and nothing is forbidden. */
export const OPEN: AccessRules = { mechanism: undefined, users: [], acls: undefined, superUsers: [] };
