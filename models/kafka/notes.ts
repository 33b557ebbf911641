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
  diskFailed: 9,
  deleted: 10,
  cleaned: 11,
  producersExpired: 12,
} as const;
