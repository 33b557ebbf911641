/**
 * The rules of the protocol that can be broken on purpose. Each names one decision that the machines take; the
 * default is what the specification says. A model built with another value is a *broken twin*: the tests show
 * that every one of them is caught. No experiment file can reach them.
 */
export interface MqttRules {
  /** By what a receiver recognises a QoS 2 PUBLISH that it has had before [MQTT-4.3.3-10]. */
  readonly recognisesQos2By: "identifier" | "dup" | "nothing";
  /** A receiver keeps the identifiers of unfinished QoS 2 exchanges when the connection ends [MQTT-3.1.2-23]. */
  readonly keepsIdentifiers: boolean;
  /** A receiver answers a PUBREL that it cannot place [MQTT-4.3.3-11]. */
  readonly answersUnknownPubrel: boolean;
  /** When the sender of a QoS 2 message is told that it is safe and may use the identifier again [MQTT-4.3.3-5]. */
  readonly completesQos2At: "pubcomp" | "pubrec";
  /** A sender resends what is unfinished when its session is resumed [MQTT-4.4.0-1]. */
  readonly resendsOnResume: boolean;
  /** ... in the order of the first sending [MQTT-4.6.0-1]. */
  readonly resendsInOrder: boolean;
  /** ... with DUP [MQTT-3.3.1-1]. */
  readonly marksRepeats: boolean;
  /** A sender resends inside a reliable connection as well, which 5.0 forbids [MQTT-4.4.0-1]. */
  readonly resendsWithinConnection: boolean;
  /** A sender keeps to the receive maximum [MQTT-3.3.4-7] [MQTT-3.3.4-9]. */
  readonly keepsToWindow: boolean;
  /** A sender takes identifiers that are not in use [MQTT-2.2.1-3]. */
  readonly takesUnusedIdentifiers: boolean;
  /** The publisher learns that a message was dropped from its full queue. */
  readonly reportsDropped: boolean;
  /** A client believes the broker about its session [MQTT-3.2.2-5]. */
  readonly heedsSessionPresent: boolean;
  /** The broker says whether it had a session [MQTT-3.2.2-2] [MQTT-3.2.2-3]. */
  readonly tellsSessionPresent: boolean;
  /** The broker routes a message before it acknowledges it [MQTT-4.3.2-4]. */
  readonly routesAcknowledged: boolean;
  /** The broker keeps QoS 1 and 2 messages for sessions without a connection [MQTT-4.5.0-1 of 3.1.1]. */
  readonly queuesOffline: boolean;
  /** The broker discards the old session on clean start [MQTT-3.1.2-4]. */
  readonly discardsOnCleanStart: boolean;
  /** The broker closes the older of two connections of one client [MQTT-3.1.4-3]. */
  readonly takesOver: boolean;
  /** The broker keeps a topic's newest retained message [MQTT-3.3.1-5] or its first. */
  readonly retains: "newest" | "first" | "nothing";
  /** A retained message of no bytes clears the topic [MQTT-3.3.1-6]. */
  readonly clearsRetained: boolean;
  /** The broker publishes a will when its condition comes true [MQTT-3.1.2-8]. */
  readonly publishesWill: boolean;
  /** DISCONNECT takes the will back [MQTT-3.1.2-10]. */
  readonly withdrawsWill: boolean;
  /** A new connection within the will's delay takes the will back [MQTT-3.1.3-9]. */
  readonly cancelsDelayedWill: boolean;
}

/** What the specification says. */
export const SPECIFIED: MqttRules = {
  recognisesQos2By: "identifier",
  keepsIdentifiers: true,
  answersUnknownPubrel: true,
  completesQos2At: "pubcomp",
  resendsOnResume: true,
  resendsInOrder: true,
  marksRepeats: true,
  resendsWithinConnection: false,
  keepsToWindow: true,
  takesUnusedIdentifiers: true,
  reportsDropped: true,
  heedsSessionPresent: true,
  tellsSessionPresent: true,
  routesAcknowledged: true,
  queuesOffline: true,
  discardsOnCleanStart: true,
  takesOver: true,
  retains: "newest",
  clearsRetained: true,
  publishesWill: true,
  withdrawsWill: true,
  cancelsDelayedWill: true,
};
