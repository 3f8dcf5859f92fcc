import { createHash } from 'node:crypto';
import type { FoundArchive } from './find-archives.js';

/** Archives of one day that become one bundle. */
export interface Group {
  /** `YYYY/MM/DD`. */
  readonly day: string;
  /** In the order of their paths, so that the parts of a connection stand together. */
  readonly archives: readonly FoundArchive[];
}

/** Options of {@link chooseGroups}. */
export interface ChooseOptions {
  /** Content at which a bundle is full, bytes. */
  readonly fullBytes: number;
  /** Most archives of a bundle (default 50,000, whose plan has some 15 MB). */
  readonly maxArchives?: number;
  /** Age of its oldest archive at which a bundle that is not full is made, milliseconds. */
  readonly fullAgeMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const MAX_ARCHIVES = 50_000;
/** Age of a file of the future that still may come of two clocks. */
const SKEW_MS = 60_000;

/** Divides archives into bundles. Those of a day that do not fill a bundle yet wait for others, but not for ever. */
export function chooseGroups(
  archives: readonly FoundArchive[],
  { fullBytes, maxArchives = MAX_ARCHIVES, fullAgeMs, nowMs }: ChooseOptions,
): Group[] {
  const byDay = new Map<string, FoundArchive[]>();
  for (const archive of archives) {
    const day = byDay.get(archive.day);
    if (day === undefined) byDay.set(archive.day, [archive]);
    else day.push(archive);
  }
  const groups: Group[] = [];
  for (const day of Array.from(byDay.keys()).sort()) {
    let group: FoundArchive[] = [];
    let bytes = 0;
    for (const archive of byDay.get(day) ?? []) {
      group.push(archive);
      bytes += archive.identity.bytes;
      if (bytes < fullBytes && group.length < maxArchives) continue;
      groups.push({ day, archives: group });
      [group, bytes] = [[], 0];
    }
    const oldestMs = group.reduce(
      (oldest, { identity }) => Math.min(oldest, mtimeMs(identity.mtimeNs)),
      Number.POSITIVE_INFINITY,
    );
    const ageMs = nowMs - oldestMs;
    if (group.length > 0 && (ageMs >= fullAgeMs || ageMs < -SKEW_MS)) groups.push({ day, archives: group });
  }
  return groups;
}

/** Converts a modification time to milliseconds since 1970. */
export function mtimeMs(mtimeNs: string): number {
  return Number(BigInt(mtimeNs) / 1_000_000n);
}

/** Returns whether a connection belongs to a sample: by its UUID, so that all its archives do or none. */
export function isSampled(uuid: string, share: number): boolean {
  if (share >= 1) return true;
  const hash = createHash('sha256').update(uuid).digest();
  return hash.readUIntBE(0, 6) / 2 ** 48 < share;
}
