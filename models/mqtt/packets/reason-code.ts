/** Reason codes of MQTT 5.0 §2.4, those that this model uses. From 0x80 on they say failure. */

export const SUCCESS = 0x00;
export const DISCONNECT_WITH_WILL = 0x04;
export const NO_SUBSCRIPTION_EXISTED = 0x11;
export const PROTOCOL_ERROR = 0x82;
export const KEEP_ALIVE_TIMEOUT = 0x8d;
export const SESSION_TAKEN_OVER = 0x8e;
export const PACKET_IDENTIFIER_NOT_FOUND = 0x92;
export const RECEIVE_MAXIMUM_EXCEEDED = 0x93;
export const QUOTA_EXCEEDED = 0x97;
export const SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9e;

export function isFailure(reasonCode: number): boolean {
  return reasonCode >= 0x80;
}

/** ` 0x8e`, or nothing for success. */
export function reasonDetail(reasonCode: number): string {
  return reasonCode === SUCCESS ? "" : ` 0x${reasonCode.toString(16).padStart(2, "0")}`;
}
