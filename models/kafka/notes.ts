/** Codes of notes in the trace, also in the fingerprint. */
export const NOTE = {
  leaderElected: 1,
  truncated: 2,
  isrProposed: 3,
  fenced: 4,
  elected: 5,
  reset: 6,
  retried: 7,
  epochBumped: 8,
  notAuthenticated: 9,
  split: 10,
  rebalanced: 11,
  assigned: 12,
  revoked: 13,
  commitFailed: 14,
  ended: 15,
} as const;
