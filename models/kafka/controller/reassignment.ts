/**
 * A partition that is to have other replicas: those that are new join the old ones; once all that stay are in sync,
 * the others leave (alterPartitionReassignments).
 */
export interface Reassignment {
  readonly removing: readonly number[];
  readonly adding: readonly number[];
}

/** The replicas for the time of the change, in the order of preference that they are to have. */
export function reassigned(
  current: readonly number[],
  target: readonly number[],
): { reassignment: Reassignment; replicas: readonly number[] } {
  const removing = current.filter((id) => !target.includes(id));
  const adding = target.filter((id) => !current.includes(id));
  return { reassignment: { removing, adding }, replicas: [...target, ...removing] };
}

/** What the partition is when a change of the in-sync replicas completes it; undefined: it does not. */
export function completedBy(
  { removing }: Reassignment,
  replicas: readonly number[],
  isr: readonly number[],
): { isr: readonly number[]; replicas: readonly number[] } | undefined {
  const staying = (id: number): boolean => !removing.includes(id);
  const left = replicas.filter(staying);
  const inSync = isr.filter(staying);
  return left.every((id) => inSync.includes(id)) ? { isr: inSync, replicas: left } : undefined;
}
