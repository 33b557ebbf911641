/** What a CONNECT and its CONNACK agree on for a connection. */
import type { Will } from "../../src/trace/index.js";
import type { BrokerConfig } from "./broker-config.js";
import type { ConnectFields } from "./packets/connect.js";
import type { Version } from "./packets/packet-type.js";

/** Sessions that agree on the same share it. */
export interface SessionTerms {
  readonly version: Version;
  /** Seconds; 0 is off. */
  readonly keepAlive: number;
  /** Seconds that the session outlives its connection. */
  readonly expiry: number;
  /** Exchanges that the client allows to be unfinished at once. */
  readonly window: number;
  /** Packets of the connection may get lost. */
  readonly datagram: boolean;
  /** To be published unless it is taken back. */
  readonly will: Will | undefined;
  /** Seconds that the will waits. */
  readonly willDelay: number;
}

export const NO_TERMS: SessionTerms = {
  version: 4,
  keepAlive: 0,
  expiry: 0,
  window: 0,
  datagram: false,
  will: undefined,
  willDelay: 0,
};

/** Whether two connections agree on the same. */
export function sameTerms(one: SessionTerms, other: SessionTerms): boolean {
  return (
    one.version === other.version &&
    one.keepAlive === other.keepAlive &&
    one.expiry === other.expiry &&
    one.window === other.window &&
    one.datagram === other.datagram &&
    one.will === other.will &&
    one.willDelay === other.willDelay
  );
}

/** What a broker agrees to. */
export function agreedTerms(fields: ConnectFields, config: BrokerConfig, datagram: boolean): SessionTerms {
  const { maxInflight } = config;
  return {
    version: fields.version,
    keepAlive: fields.keepAlive,
    expiry: grantedExpiry(fields, config),
    window: fields.version === 5 ? Math.min(maxInflight, fields.receiveMaximum) : maxInflight,
    datagram,
    will: fields.will,
    willDelay: fields.willDelay,
  };
}

function grantedExpiry(fields: ConnectFields, { sessionExpiryMax }: BrokerConfig): number {
  if (fields.version === 5) return Math.min(fields.sessionExpiry, sessionExpiryMax);
  return fields.cleanStart ? 0 : sessionExpiryMax; // 3.1.1 leaves it to the broker
}
