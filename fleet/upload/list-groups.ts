import type { BundleFormat } from './bundle-format.js';
import { chooseGroups, isSampled, mtimeMs } from './choose.js';
import { type FoundArchives, findArchives } from './find-archives.js';
import type { Layout } from './layout.js';
import { membersHash } from './plan.js';

/** Options of {@link listGroups}. */
export interface ListOptions {
  /** Share of connections, 0 to 1. */
  readonly sample: number;
  readonly fullBytes: number;
  readonly fullAgeMs: number;
  readonly nowMs: number;
  readonly format: BundleFormat;
  readonly layout: Layout;
}

/** Bundle that would be sent. */
export interface ListedGroup {
  /** Key without the prefix of the destination. */
  readonly object: string;
  /** Number of archives. */
  readonly archives: number;
  /** Length of the archives, bytes. */
  readonly bytes: number;
}

/** Result of {@link listGroups}. */
export interface ListedGroups extends Omit<FoundArchives, 'closed'> {
  readonly groups: readonly ListedGroup[];
  /** Number of archives that wait until a bundle is full, or old enough. */
  readonly waiting: number;
}

/** Lists the bundles that would be made of a folder now. Changes nothing. */
export async function listGroups(root: string, options: ListOptions): Promise<ListedGroups> {
  const { sample, format, layout } = options;
  const { closed, open, unreadable } = await findArchives(root);
  const sampled = closed.filter(({ uuid }) => isSampled(uuid, sample));
  const groups = chooseGroups(sampled, options).map(({ day, archives }) => {
    const hash = membersHash(archives.map(({ path, identity }) => ({ path, bytes: identity.bytes })));
    const newestMs = archives.reduce((latest, { identity }) => Math.max(latest, mtimeMs(identity.mtimeNs)), 0);
    const bytes = archives.reduce((sum, { identity }) => sum + identity.bytes, 0);
    return { object: layout({ day, hash, newestMs }, format).object, archives: archives.length, bytes };
  });
  const taken = groups.reduce((sum, { archives }) => sum + archives, 0);
  return { groups, open, unreadable, waiting: sampled.length - taken };
}
