/** A broker, as registered. Never changed: a decision makes a new one. */
export interface Registration {
  readonly host: string;
  readonly rack: string | undefined;
  readonly epoch: number;
  readonly fenced: boolean;
  /** It wants to end, and its leadership has been given to others. */
  readonly stopping: boolean;
  /** Version of the metadata at its registration: it must know that much before it takes part. */
  readonly registeredAt: number;
  /** … and when it was told to stop: the others must know that much before it may end. */
  readonly stoppedAt: number;
}
