/** Options of access: the cluster's rules, and what a client says who it is. */
import type { OptionDescription, OptionValue } from "../../../src/model/index.js";
import type { AccessRules, Acl, User } from "./access-rules.js";
import { OPEN } from "./access-rules.js";
import type { Credentials } from "./sasl.js";

const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
const NAME = { pattern: "^[ -~]{1,255}$", patternHelp: "1 to 255 printable ASCII characters" };

const USER: readonly OptionDescription[] = [
  { name: "name", kind: "text", ...NAME, summary: "The user's name." },
  { name: "password", kind: "text", ...NAME, summary: "… and password." },
];

const ACL: readonly OptionDescription[] = [
  { name: "principal", kind: "text", ...NAME, summary: "A user's name; `*`: anybody." },
  {
    name: "permission",
    kind: "choice",
    choices: ["allow", "deny"],
    default: "allow",
    summary: "A denial wins.",
  },
  {
    name: "operation",
    kind: "choice",
    choices: ["read", "write", "describe", "all"],
    summary: "What is allowed or denied; who may read or write may describe.",
  },
  {
    name: "resource",
    kind: "choice",
    choices: ["topic", "group", "transactional-id"],
    default: "topic",
    summary: "What it is about …",
  },
  { name: "name", kind: "text", ...NAME, summary: "… and which; `*`: all of them." },
  {
    name: "pattern",
    kind: "choice",
    choices: ["literal", "prefixed"],
    default: "literal",
    summary: "Whether the name is the whole name, or how names begin.",
  },
];

/** Of the controller. */
export const ACCESS: OptionDescription = {
  name: "access",
  kind: "record",
  optional: true,
  summary: "Who may connect and what they may do; without it, anybody everything.",
  fields: [
    {
      name: "mechanism",
      kind: "choice",
      choices: MECHANISMS,
      optional: true,
      summary: "How clients authenticate; without it they are all `ANONYMOUS`.",
      source: "sasl.enabled.mechanisms",
    },
    {
      name: "users",
      kind: "list",
      of: { name: "user", kind: "record", fields: USER, summary: "A user." },
      default: [],
      summary: "Users that can authenticate.",
    },
    {
      name: "acls",
      kind: "list",
      of: { name: "acl", kind: "record", fields: ACL, summary: "An entry of the access control list." },
      optional: true,
      summary: "What is allowed and denied; without a list, no authorizer asks.",
      source: "authorizer.class.name is empty",
    },
    {
      name: "superUsers",
      kind: "list",
      of: { name: "user", kind: "text", ...NAME, summary: "A user's name." },
      default: [],
      summary: "Users who may do everything.",
      source: "super.users",
    },
  ],
};

/** Of clients. */
export const SASL: OptionDescription = {
  name: "sasl",
  kind: "record",
  optional: true,
  summary: "Who the client says it is; without it, nobody.",
  fields: [
    {
      name: "mechanism",
      kind: "choice",
      choices: MECHANISMS,
      default: "PLAIN",
      summary: "How it authenticates.",
      source: "sasl.mechanism is GSSAPI, which is not modelled",
    },
    { name: "username", kind: "text", ...NAME, summary: "The user's name." },
    { name: "password", kind: "text", ...NAME, summary: "… and password." },
  ],
};

export function accessOf(value: OptionValue | undefined): AccessRules {
  if (value === undefined) return OPEN;
  const given = value as unknown as {
    readonly mechanism?: AccessRules["mechanism"];
    readonly users: readonly User[];
    readonly acls?: readonly Acl[];
    readonly superUsers: readonly string[];
  };
  const { mechanism, users, acls, superUsers } = given;
  return { mechanism, users, acls, superUsers };
}

export function credentialsOf(value: OptionValue | undefined): Credentials | undefined {
  return value as unknown as Credentials | undefined;
}
