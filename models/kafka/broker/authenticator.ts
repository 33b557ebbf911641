/**
 * Whom a broker talks to: of each connection that clients have opened, who it is and how far it has authenticated. The
 * brokers' own listener is trusted.
 */
import { ANONYMOUS, type AccessRules, type Operation, type ResourceKind } from "../access/access-rules.js";
import { isAllowed } from "../access/authorizer.js";
import { turnsOf } from "../access/sasl.js";
import { type Request, type Response, response } from "../protocol/frames.js";
import type { Requests } from "../protocol/messages.js";
import { refusalOf } from "./entry-permission.js";

interface Client {
  /** Undefined: not authenticated yet. */
  principal: string | undefined;
  handshaken: boolean;
}

/** What becomes of a request: it is answered here, it is served, or the connection ends, perhaps after an answer. */
export type Admission =
  | { readonly kind: "answer"; readonly answer: Response }
  | { readonly kind: "serve" }
  | { readonly kind: "end"; readonly answer: Response | undefined };

const SERVE: Admission = { kind: "serve" };

export class Authenticator {
  readonly #access: () => AccessRules | undefined;
  /** Whether the broker heeds what it finds; false only in a broken twin. */
  readonly #enforces: boolean;
  readonly #clients = new Map<number, Client>();

  /** `access`: the rules as the broker knows them; undefined while it does not. */
  constructor(access: () => AccessRules | undefined, enforces: boolean) {
    this.#access = access;
    this.#enforces = enforces;
  }

  /** A client has connected. Connections of the brokers' listener are not told of. */
  accepted(connection: number): void {
    this.#clients.set(connection, { principal: undefined, handshaken: false });
  }

  closed(connection: number): void {
    this.#clients.delete(connection);
  }

  forget(): void {
    this.#clients.clear();
  }

  admit(connection: number, request: Request): Admission {
    const client = this.#clients.get(connection);
    if (client === undefined) return SERVE;
    if (request.api === "ApiVersions") return { kind: "answer", answer: response("ApiVersions", {}) };
    const access = this.#access();
    // A broker that does not know the cluster yet does not know its users.
    if (access === undefined) return { kind: "end", answer: undefined };
    if (request.api === "SaslHandshake") return this.#handshake(client, request.body, access);
    if (request.api === "SaslAuthenticate") return this.#authenticate(client, request.body, access);
    const missing = access.mechanism !== undefined && client.principal === undefined;
    if (missing && this.#enforces) return { kind: "end", answer: undefined };
    const refusal = refusalOf(request, (operation, resource, name) => {
      return this.allows(connection, operation, resource, name);
    });
    return refusal === undefined ? SERVE : { kind: "answer", answer: refusal };
  }

  /** Whether the one at the other end of the connection may do that. */
  allows(
    connection: number,
    operation: Exclude<Operation, "all">,
    resource: ResourceKind,
    name: string,
  ): boolean {
    const client = this.#clients.get(connection);
    const access = this.#access();
    if (client === undefined || access?.acls === undefined || !this.#enforces) return true;
    return isAllowed(access, client.principal ?? ANONYMOUS, operation, resource, name);
  }

  #handshake(client: Client, body: Requests["SaslHandshake"], access: AccessRules): Admission {
    if (access.mechanism !== body.mechanism) {
      return { kind: "end", answer: response("SaslHandshake", { error: "UNSUPPORTED_SASL_MECHANISM" }) };
    }
    client.handshaken = true;
    return { kind: "answer", answer: response("SaslHandshake", { error: "NONE" }) };
  }

  #authenticate(client: Client, body: Requests["SaslAuthenticate"], access: AccessRules): Admission {
    const { turn, credentials } = body;
    if (!client.handshaken) return { kind: "end", answer: undefined };
    const turns = turnsOf(credentials);
    const bytes = turns[turn]?.server ?? 0;
    const known = access.users.some(
      ({ name, password }) => name === credentials.username && password === credentials.password,
    );
    const last = turn === turns.length - 1;
    if (last && !known && this.#enforces) {
      const answer = response("SaslAuthenticate", { error: "SASL_AUTHENTICATION_FAILED", bytes: 0 });
      return { kind: "end", answer };
    }
    if (last) client.principal = credentials.username;
    return { kind: "answer", answer: response("SaslAuthenticate", { error: "NONE", bytes }) };
  }
}
