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
  diverged: 11,
  tookOffice: 12,
  stopping: 13,
} as const;
