/**
 * The decision of the standard authorizer: super users may do everything; a matching `deny` beats every `allow`; what
 * nothing allows is forbidden. To read or to write implies to describe.
 */
import type { AccessRules, Acl, Operation, ResourceKind } from "./access-rules.js";

export function isAllowed(
  { acls, superUsers }: AccessRules,
  principal: string,
  operation: Exclude<Operation, "all">,
  resource: ResourceKind,
  name: string,
): boolean {
  if (acls === undefined || superUsers.includes(principal)) return true;
  const about = acls.filter((acl) => isAbout(acl, principal, resource, name));
  const denied = about.some(
    (acl) => acl.permission === "deny" && (acl.operation === operation || acl.operation === "all"),
  );
  if (denied) return false;
  return about.some((acl) => acl.permission === "allow" && grants(acl.operation, operation));
}

function isAbout(acl: Acl, principal: string, resource: ResourceKind, name: string): boolean {
  if (acl.resource !== resource) return false;
  if (acl.principal !== "*" && acl.principal !== principal) return false;
  return acl.name === "*" || (acl.pattern === "prefixed" ? name.startsWith(acl.name) : acl.name === name);
}

function grants(given: Operation, wanted: Operation): boolean {
  return given === "all" || given === wanted || wanted === "describe";
}
