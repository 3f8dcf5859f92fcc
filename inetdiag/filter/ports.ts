/** Ports from `first` to `last`, inclusive. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The highest port. */
export const MAX_PORT = 65_535;

/** Parses `443` or `5000-5010`, 0 to 65535. Undefined for anything else. */
export function parsePortRange(text: string): PortRange | undefined {
  const [, low = '', high = low] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (low === '') return undefined;
  const [first, last] = [Number(low), Number(high)];
  return first <= last && last <= MAX_PORT ? { first, last } : undefined;
}

/** Formats a range as {@link parsePortRange} reads it. */
export function formatPortRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** Sorts ranges in ascending order and merges those that overlap or are adjacent. */
export function mergePortRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before !== undefined && range.first <= before.last + 1) {
      merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** Set of ports. */
export class PortSet {
  readonly #ranges: readonly PortRange[];

  constructor(ranges: readonly PortRange[]) {
    this.#ranges = mergePortRanges(ranges);
  }

  has(port: number): boolean {
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle]?.last ?? 0) < port) low = middle + 1;
      else high = middle;
    }
    return (this.#ranges[low]?.first ?? Number.POSITIVE_INFINITY) <= port;
  }
}
