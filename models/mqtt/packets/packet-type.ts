/** Control packet types by the numbers that the protocol gives them [MQTT 5.0 §2.1.2], and protocol versions. */

export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const PINGREQ = 12;
export const PINGRESP = 13;
export const DISCONNECT = 14;

/** The protocol version as CONNECT says it: 4 is MQTT 3.1.1, 5 is MQTT 5.0. */
export type Version = 4 | 5;
