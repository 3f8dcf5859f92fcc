const DIGITS = 12;
const CLOSED = '.jsonl.zst';
/** Ending of a file that is still written, or was when the collector was killed: readers of segments pass over it. */
const OPEN = `${CLOSED}.open`;
const NAME = new RegExp(`^([0-9a-f]{8}-[0-9a-z]+-[0-9a-z]{4})\\.(\\d{${DIGITS}})\\.jsonl\\.zst(\\.open)?$`);

/** Place of a segment in its sequence. */
export interface SegmentName {
  /** Start of the collector that wrote it. */
  readonly epoch: string;
  /** Number of its first frame. */
  readonly first: number;
  readonly isOpen: boolean;
}

/** Returns the name of a segment's file. */
export function segmentName({ epoch, first, isOpen }: SegmentName): string {
  return `${epoch}.${String(first).padStart(DIGITS, '0')}${isOpen ? OPEN : CLOSED}`;
}

/** Parses the name of a segment's file; undefined for any other name. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const [, epoch, first, open] = NAME.exec(name) ?? [];
  if (epoch === undefined || first === undefined) return undefined;
  return { epoch, first: Number(first), isOpen: open !== undefined };
}

/**
 * Returns the name of a start of the collector, which no other start has: a part of the boot's id, the time, and a
 * random part for two starts in one second.
 * @param random number of at least 0 and below 1
 */
export function makeEpoch(bootId: string, startMs: number, random: number): string {
  const boot = bootId
    .replaceAll(/[^0-9a-f]/g, '')
    .padEnd(8, '0')
    .slice(0, 8);
  const second = Math.floor(startMs / 1000).toString(36);
  const rest = Math.floor(random * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return `${boot}-${second}-${rest}`;
}

/** Orders names of one kind: starts by their times, then numbers. */
export function compareSegments(a: SegmentName, b: SegmentName): number {
  const byStart = startOf(a.epoch) - startOf(b.epoch);
  if (byStart !== 0) return byStart;
  return a.epoch === b.epoch ? a.first - b.first : a.epoch < b.epoch ? -1 : 1;
}

/** Returns the second of a start. */
function startOf(epoch: string): number {
  return Number.parseInt(epoch.split('-')[1] ?? '', 36);
}
