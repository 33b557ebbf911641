/** Why a WebSocket connection ends, in numbers [RFC 6455 §7.4]. */

export const CLOSE_CODE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Never sent: the Close frame held no code. */
  noCode: 1005,
  /** Never sent: the connection ended without a Close frame. */
  abnormal: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  internalError: 1011,
} as const;

/** Whether a Close frame may hold `code`: defined ones, those registered later, and those free for use. */
export function mayBeSent(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000 && code <= 4999) return true; // [RFC 6455 §7.4.2]
  // 1004 is reserved; 1005 and 1006 are for the observer [RFC 6455 §7.4.1]. 1012 to 1014 are IANA's.
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}
