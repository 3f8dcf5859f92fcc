/** Process that holds a socket, with the ids of its parent, grandparent, … */
export interface Holder {
  readonly pid: number;
  readonly ancestors: readonly number[];
}

/**
 * Chooses the process of a socket that several processes hold: one that is not an ancestor of another one, because a
 * parent usually passed the socket to its child; of several, the one with the lowest id. Undefined without holders.
 */
export function chooseHolder<T extends Holder>(holders: readonly T[]): T | undefined {
  if (holders.length < 2) return holders[0];
  const ancestors = new Set(holders.flatMap((holder) => holder.ancestors));
  const youngest = holders.filter(({ pid }) => !ancestors.has(pid));
  // Only if ids were reused while the processes were read, all are ancestors.
  const candidates = youngest.length > 0 ? youngest : holders;
  return candidates.reduce((lowest, each) => (each.pid < lowest.pid ? each : lowest));
}
