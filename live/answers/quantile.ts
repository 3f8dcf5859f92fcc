/** Returns the value at or below which a share of sorted values lie, by nearest rank; null without values. */
export function quantile(sorted: ArrayLike<number>, share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
